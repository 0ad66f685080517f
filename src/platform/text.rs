//! Values whose rule is part of their type: one declaration is the check, and the schema that is published.

use serde::{Deserialize, Serialize, de};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ArrayBuilder, KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};

/// Trimmed text of `MIN` to `MAX` characters. Control characters other than line breaks and tabs are refused:
/// PostgreSQL cannot store NUL, and no reader can see the others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Text<const MIN: usize, const MAX: usize>(String);

impl<const MIN: usize, const MAX: usize> Text<MIN, MAX> {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Text that may be absent is empty then.
impl<const MAX: usize> Default for Text<0, MAX> {
    fn default() -> Self {
        Self(String::new())
    }
}

impl<const MIN: usize, const MAX: usize> TryFrom<String> for Text<MIN, MAX> {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let text = text.trim();
        let length = text.chars().count();
        if !(MIN..=MAX).contains(&length) {
            return Err(format!("must be {MIN} to {MAX} characters, was {length}"));
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err("must not contain control characters".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

impl<'de, const MIN: usize, const MAX: usize> Deserialize<'de> for Text<MIN, MAX> {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.try_into().map_err(de::Error::custom)
    }
}

impl<const MIN: usize, const MAX: usize> PartialSchema for Text<MIN, MAX> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(MIN))
            .max_length(Some(MAX))
            .build()
            .into()
    }
}
impl<const MIN: usize, const MAX: usize> ToSchema for Text<MIN, MAX> {}

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
        let url = reqwest::Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "https" | "http"));
        match url {
            Some(url) if url.has_host() && text.len() <= 2000 => Ok(Self(text)),
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

/// At most `MAX` different values, in the order in which they were given; repeated ones are dropped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Set<T, const MAX: usize>(Vec<T>);

impl<T, const MAX: usize> Default for Set<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// Of values that are ours, and few enough.
impl<T: PartialEq, const MAX: usize> FromIterator<T> for Set<T, MAX> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut set = Vec::new();
        for value in values.into_iter().take(MAX) {
            if !set.contains(&value) {
                set.push(value);
            }
        }
        Self(set)
    }
}

impl<T, const MAX: usize> std::ops::Deref for Set<T, MAX> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'de, T: Deserialize<'de> + PartialEq, const MAX: usize> Deserialize<'de> for Set<T, MAX> {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut values: Vec<T> = Vec::new();
        for value in Vec::<T>::deserialize(deserializer)? {
            if !values.contains(&value) {
                values.push(value);
            }
            if values.len() > MAX {
                return Err(de::Error::custom(format!("must be at most {MAX} different values")));
            }
        }
        Ok(Self(values))
    }
}

/// The derive hands a generic type the schemas of its arguments by this trait.
impl<T: PartialSchema, const MAX: usize> utoipa::__dev::ComposeSchema for Set<T, MAX> {
    fn compose(arguments: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        let items = arguments.into_iter().next().unwrap_or_else(T::schema);
        ArrayBuilder::new().items(items).max_items(Some(MAX)).build().into()
    }
}
impl<T: ToSchema, const MAX: usize> ToSchema for Set<T, MAX> {}

#[cfg(test)]
mod tests {
    use super::{Email, Set, Text, WebAddress};

    #[test]
    fn text_is_trimmed_and_counted_in_characters() {
        let text: Text<1, 4> = serde_json::from_str("\"  blåe \"").unwrap();
        assert_eq!(text.as_str(), "blåe");
        for wrong in ["\"\"", "\"   \"", "\"blåer\"", "\"a\\u0000b\"", "7"] {
            assert!(serde_json::from_str::<Text<1, 4>>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_set_drops_what_is_repeated_and_refuses_too_many() {
        let set: Set<u8, 2> = serde_json::from_str("[3, 1, 3]").unwrap();
        assert_eq!(&*set, [3, 1]);
        assert!(serde_json::from_str::<Set<u8, 2>>("[1, 2, 3]").is_err());
    }

    #[test]
    fn addresses_must_be_whole() {
        assert!(serde_json::from_str::<Email>("\"innovasjon@hvaler.example\"").is_ok());
        for wrong in ["\"innovasjon\"", "\"@hvaler.example\"", "\"a b@c.no\"", "\"a@b@c.no\""] {
            assert!(serde_json::from_str::<Email>(wrong).is_err(), "{wrong}");
        }
        assert!(serde_json::from_str::<WebAddress>("\"https://hvaler.example/a?b=c\"").is_ok());
        for wrong in ["\"javascript:alert(1)\"", "\"/a\"", "\"ftp://a.example\"", "\"https://\""] {
            assert!(serde_json::from_str::<WebAddress>(wrong).is_err(), "{wrong}");
        }
    }
}
