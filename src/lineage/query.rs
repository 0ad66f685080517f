//! How much of the graph is asked for.

use serde::{Deserialize, Deserializer, de};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

use crate::platform::closed::closed;

closed! {
    /// Which way a lineage is followed.
    #[derive(Default)]
    pub enum Direction {
        /// To what it was made from.
        Origins = "origins",
        /// To what was made from it.
        Imitations = "imitations",
        #[default]
        Both = "both",
    }
}

/// How far a lineage is followed: 1 to 200 steps, 5 unless asked otherwise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Depth(pub(super) i32);

impl Default for Depth {
    fn default() -> Self {
        Self(5)
    }
}

impl<'de> Deserialize<'de> for Depth {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let depth = i32::deserialize(deserializer).ok().filter(|depth| (1..=200).contains(depth));
        depth.map(Self).ok_or_else(|| de::Error::custom("must be a whole number from 1 to 200"))
    }
}

impl PartialSchema for Depth {
    fn schema() -> RefOr<Schema> {
        let schema = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(200));
        schema.default(Some(5.into())).build().into()
    }
}
impl ToSchema for Depth {}

/// How much of a lineage.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct LineageQuery {
    /// How many steps.
    #[serde(default)]
    #[param(inline)]
    pub depth: Depth,
    /// To `origins`, to `imitations`, or `both`.
    #[serde(default)]
    #[param(inline)]
    pub direction: Direction,
}
