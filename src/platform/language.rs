//! The three languages of the service, and which of them a caller reads.

use actix_web::{HttpRequest, http::header};

use crate::platform::closed::closed;

closed! {
    /// A written language: bokmål, nynorsk or English.
    #[derive(Default)]
    pub enum Language {
        #[default]
        Nb = "nb",
        Nn = "nn",
        En = "en",
    }
}

impl Language {
    /// The best of `Accept-Language` (RFC 9110 §12.5.4); bokmål when nothing fits.
    pub fn of(request: &HttpRequest) -> Self {
        let header = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        header.and_then(Self::preferred).unwrap_or_default()
    }

    fn preferred(header: &str) -> Option<Self> {
        let mut best: Option<(f32, Self)> = None;
        for range in header.split(',').take(20) {
            let (tag, quality) = range.split_once(";q=").unwrap_or((range, "1"));
            let quality: f32 = quality.trim().parse().unwrap_or(0.0);
            let Some(language) = Self::of_tag(tag.trim()) else { continue };
            if quality > best.map_or(0.0, |(highest, _)| highest) {
                best = Some((quality, language));
            }
        }
        best.map(|(_, language)| language)
    }

    /// `no` is what many Norwegian clients send for bokmål.
    fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        match primary.as_str() {
            "nb" | "no" => Some(Self::Nb),
            "nn" => Some(Self::Nn),
            "en" => Some(Self::En),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn the_highest_quality_wins_and_unknown_languages_are_passed_over() {
        for (header, expected) in [
            ("nn", Some(Language::Nn)),
            ("nb-NO,nb;q=0.9,en;q=0.8", Some(Language::Nb)),
            ("de, en;q=0.5, nn;q=0.7", Some(Language::Nn)),
            ("no", Some(Language::Nb)),
            ("fr", None),
            ("nn;q=x", None),
            ("", None),
        ] {
            assert_eq!(Language::preferred(header), expected, "{header}");
        }
    }
}
