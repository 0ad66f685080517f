//! Values whose rule is part of their type: one declaration is the check, and the schema that is published.

use serde::{Deserialize, Serialize, de};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
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
        if text.chars().any(is_invisible) {
            return Err("must not contain control characters".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

/// U+FFFE and U+FFFF are no characters either, and XML cannot hold them.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{FFFE}' | '\u{FFFF}') || (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
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

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn text_is_trimmed_and_counted_in_characters() {
        let text: Text<1, 4> = serde_json::from_str("\"  blåe \"").unwrap();
        assert_eq!(text.as_str(), "blåe");
        for wrong in ["\"\"", "\"   \"", "\"blåer\"", "\"a\\u0000b\"", "\"a\\uffffb\"", "7"] {
            assert!(serde_json::from_str::<Text<1, 4>>(wrong).is_err(), "{wrong}");
        }
    }
}
