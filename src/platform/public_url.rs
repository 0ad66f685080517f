//! Where others reach the service.

use std::str::FromStr;

/// What links begin with that are followed from elsewhere, such as those of a feed. Unless it is configured they are
/// paths: what a request says of its own host is not to be believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// The address itself, where one is configured.
    pub fn configured(&self) -> Option<&str> {
        Some(self.0.as_str()).filter(|url| !url.is_empty())
    }

    /// The address of a path of the service.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

impl FromStr for PublicUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim_end_matches('/');
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
        if rest.is_empty() || rest.contains(['?', '#', '@', ' ', '"', '<', '>']) {
            return Err("must be like https://api.example");
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::PublicUrl;

    #[test]
    fn links_begin_with_the_address_or_are_paths() {
        let public: PublicUrl = "https://api.example/glomma/".parse().unwrap();
        assert_eq!(public.link("/v1/searches"), "https://api.example/glomma/v1/searches");
        assert_eq!(PublicUrl::default().link("/v1/searches"), "/v1/searches");
        for wrong in
            ["", "https://", "ftp://api.example", "https://api.example/?q=1", "https://me@api.example"]
        {
            assert!(wrong.parse::<PublicUrl>().is_err(), "{wrong}");
        }
    }
}
