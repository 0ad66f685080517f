//! The words that a project is found by.

use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use crate::platform::text::Text;

/// A free word of 2 to 40 characters, in lower case, so that "Velferd" and "velferd" are one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Tag(Text<2, 40>);

impl Tag {
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl<'de> Deserialize<'de> for Tag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?.to_lowercase();
        text.try_into().map(Self).map_err(de::Error::custom)
    }
}

impl PartialSchema for Tag {
    fn schema() -> RefOr<Schema> {
        Text::<2, 40>::schema()
    }
}
impl ToSchema for Tag {}
