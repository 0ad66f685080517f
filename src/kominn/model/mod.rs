//! The ledger, runs and steps, as they are kept.

mod action;
mod columns;
mod counts;
mod link;
mod state;

use uuid::Uuid;

pub use self::counts::Counts;
pub(super) use self::{
    action::{Action, Step},
    columns::{Choices, Conflicts, Differences, Pushed},
    link::Link,
    state::{ANOTHERS, InductState, LinkState, RunState},
};

/// The key of a run or a link.
pub(super) type Key = Uuid;
