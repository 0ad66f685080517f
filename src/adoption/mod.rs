//! Adoption: what became of a project at a municipality. A copy is an intention, use is the effect.
//!
//! Each municipality keeps a ledger for each project of its own, and for each publication of another that it uses without
//! a copy. Entries are only ever added; what was wrong is corrected by another entry, which takes its place. The state of
//! a ledger, and the last that was said of each thing, follow from its entries and are kept beside them, written in the
//! same transaction.
//!
//! Others see what a ledger comes to, and not its entries, when they see what it is about: the publication that is used,
//! or the imitation once that is published.

mod api;
mod ledger;
mod model;
mod state;
pub(crate) mod store;
pub(crate) mod sum_store;

pub(crate) use self::model::Tally;
pub use self::{api::routes, state::AdoptionState};
