//! What an operator chooses for a site.

use serde::Deserialize;

use crate::kominn::names::Column;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Push,
    Pull,
    #[default]
    Both,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Marker {
    /// `NGI:` and the project's id as the competition reference, which can be looked up.
    #[default]
    Reference,
    /// The address of the publication in the advice to others, where references are used for campaigns.
    Link,
}

impl Marker {
    /// The field in which the mark stands.
    pub(in crate::kominn) fn column(self) -> Column {
        match self {
            Self::Reference => Column::Reference,
            Self::Link => Column::Advice,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    #[default]
    Ask,
    Ours,
    Theirs,
}
