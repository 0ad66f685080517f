//! What an operator chooses for a site.

use serde::Deserialize;

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

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    #[default]
    Ask,
    Ours,
    Theirs,
}
