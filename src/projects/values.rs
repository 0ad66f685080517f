//! The small values of a project's content.

use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

/// An angle of at most `MAX` degrees to either side.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Degrees<const MAX: i32>(f64);

impl<const MAX: i32> Degrees<MAX> {
    pub fn degrees(self) -> f64 {
        self.0
    }
}

impl<'de, const MAX: i32> Deserialize<'de> for Degrees<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let degrees = f64::deserialize(deserializer)?;
        if degrees.abs() <= f64::from(MAX) {
            Ok(Self(degrees))
        } else {
            Err(de::Error::custom(format!("must be from -{MAX} to {MAX} degrees")))
        }
    }
}

impl<const MAX: i32> PartialSchema for Degrees<MAX> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Number).minimum(Some(-MAX)).maximum(Some(MAX)).build().into()
    }
}
impl<const MAX: i32> ToSchema for Degrees<MAX> {}

/// A sustainable development goal, 1 to 17.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Sdg(u8);

impl Sdg {
    pub fn number(self) -> u8 {
        self.0
    }
}

impl<'de> Deserialize<'de> for Sdg {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u8::deserialize(deserializer)?;
        if (1..=17).contains(&number) { Ok(Self(number)) } else { Err(de::Error::custom("must be 1 to 17")) }
    }
}

impl PartialSchema for Sdg {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(17)).build().into()
    }
}
impl ToSchema for Sdg {}
