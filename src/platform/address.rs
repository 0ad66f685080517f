//! Addresses of mailboxes and of pages.

use serde::{Deserialize, Serialize, de};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};

/// A mailbox address of at most 254 characters. Meant for a role (`innovasjon@…`), not for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Email(String);

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let well_formed = text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && domain.contains('.') && !domain.starts_with('.') && !domain.contains('@')
        });
        let plain = text.chars().all(|c| !c.is_whitespace() && !c.is_control());
        if well_formed && plain && text.len() <= 254 {
            Ok(Self(text))
        } else {
            Err(de::Error::custom("must be a mailbox address of at most 254 characters"))
        }
    }
}

impl PartialSchema for Email {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Email)))
            .max_length(Some(254))
            .build()
            .into()
    }
}
impl ToSchema for Email {}

/// An absolute `https` or `http` address of at most 2 000 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct WebAddress(String);

impl<'de> Deserialize<'de> for WebAddress {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let plain = text.chars().all(|c| !c.is_whitespace() && !c.is_control());
        let url = reqwest::Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "https" | "http"));
        match url {
            Some(url) if plain && url.has_host() && text.len() <= 2000 => Ok(Self(text)),
            _ => {
                Err(de::Error::custom("must be an absolute http or https address of at most 2000 characters"))
            }
        }
    }
}

impl PartialSchema for WebAddress {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom("uri".to_owned())))
            .max_length(Some(2000))
            .build()
            .into()
    }
}
impl ToSchema for WebAddress {}

#[cfg(test)]
mod tests {
    use super::{Email, WebAddress};

    #[test]
    fn addresses_must_be_whole() {
        assert!(serde_json::from_str::<Email>("\"innovasjon@hvaler.example\"").is_ok());
        for wrong in ["\"innovasjon\"", "\"@hvaler.example\"", "\"a b@c.no\"", "\"a@b@c.no\""] {
            assert!(serde_json::from_str::<Email>(wrong).is_err(), "{wrong}");
        }
        assert!(serde_json::from_str::<WebAddress>("\"https://hvaler.example/a?b=c\"").is_ok());
        for wrong in [
            "\"javascript:alert(1)\"",
            "\"/a\"",
            "\"ftp://a.example\"",
            "\"https://\"",
            "\"https://a.example/\\u0000\"",
            "\" https://a.example\"",
        ] {
            assert!(serde_json::from_str::<WebAddress>(wrong).is_err(), "{wrong}");
        }
    }
}
