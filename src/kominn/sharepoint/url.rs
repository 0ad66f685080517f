//! Addresses: written so that `SharePoint` reads them, and followed only within the site.

use reqwest::Url;

use super::failure::Failure;

/// A part of a path or a query, percent-encoded (RFC 3986 §2.1) but for what `OData` writes plainly.
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~$,()'/:*".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    encoded
}

fn digit(value: u8) -> char {
    char::from_digit(value.into(), 16).unwrap_or_default().to_ascii_uppercase()
}

/// A query of these parameters.
pub(super) fn query(parameters: &[(&str, String)]) -> String {
    let parameters = parameters.iter().map(|(name, value)| format!("{name}={}", encode(value)));
    parameters.collect::<Vec<_>>().join("&")
}

/// A text in a filter: `OData` doubles its quotes.
pub(in crate::kominn) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The address of the next page, if it is of the same site.
pub(super) fn within(site: &Url, next: &str) -> Result<Url, Failure> {
    let refused = || Failure::Stop("its next page is at another host, which is not followed".to_owned());
    let next = site.join(next).map_err(|_cause| refused())?;
    let (path, root) = (next.path().to_lowercase(), site.path().trim_end_matches('/').to_lowercase());
    let beneath = path.strip_prefix(&root).is_some_and(|rest| rest.starts_with('/'));
    let same = beneath && next.origin() == site.origin() && next.username().is_empty();
    if same { Ok(next) } else { Err(refused()) }
}

#[cfg(test)]
mod tests {
    use reqwest::Url;

    use super::{literal, query, within};

    #[test]
    fn only_the_site_itself_is_followed() {
        let site = Url::parse("https://contoso.sharepoint.com/sites/kominn").unwrap();
        assert!(
            within(&site, "https://contoso.sharepoint.com/sites/kominn/_api/web?$skiptoken=a%3db").is_ok()
        );
        assert!(within(&site, "/sites/kominn/_api/web?$skiptoken=a%3db").is_ok());
        for other in [
            "https://contoso.sharepoint.com.evil.example/sites/kominn/_api",
            "http://contoso.sharepoint.com/sites/kominn/_api",
            "https://contoso.sharepoint.com:8443/sites/kominn/_api",
            "https://contoso.sharepoint.com/sites/other/_api",
            "/sites/other/_api",
            "//evil.example/sites/kominn/_api",
            "https://contoso.sharepoint.com/sites/kominn2/_api",
            "https://me@contoso.sharepoint.com/sites/kominn/_api",
            "https://contoso.sharepoint.com@evil.example/sites/kominn/",
        ] {
            assert!(within(&site, other).is_err(), "{other}");
        }
    }

    #[test]
    fn letters_of_ours_are_encoded_and_those_of_odata_are_not() {
        let filter = format!("Title eq {}", literal("Ærø's +%&="));
        assert_eq!(query(&[("$filter", filter)]), "$filter=Title%20eq%20'%C3%86r%C3%B8''s%20%2B%25%26%3D'");
    }
}
