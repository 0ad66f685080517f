//! How many items a short list may hold.

use serde::{Deserialize, Deserializer, de};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

/// From 1 to `MAX`, `USUAL` unless asked otherwise: for lists that are best first and have no pages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Few<const MAX: u8, const USUAL: u8>(u8);

impl<const MAX: u8, const USUAL: u8> Few<MAX, USUAL> {
    pub(super) fn get(self) -> usize {
        usize::from(self.0)
    }
}

impl<const MAX: u8, const USUAL: u8> Default for Few<MAX, USUAL> {
    fn default() -> Self {
        Self(USUAL)
    }
}

impl<'de, const MAX: u8, const USUAL: u8> Deserialize<'de> for Few<MAX, USUAL> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let few = u8::deserialize(deserializer).ok().filter(|few| (1..=MAX).contains(few));
        few.map(Self).ok_or_else(|| de::Error::custom(format!("must be a whole number from 1 to {MAX}")))
    }
}

impl<const MAX: u8, const USUAL: u8> PartialSchema for Few<MAX, USUAL> {
    fn schema() -> RefOr<Schema> {
        let schema = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(MAX));
        schema.default(Some(USUAL.into())).build().into()
    }
}
impl<const MAX: u8, const USUAL: u8> ToSchema for Few<MAX, USUAL> {}
