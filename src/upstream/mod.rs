//! Upstream: what changed there since a project was imitated, and taking over some of it.
//!
//! Every imitation keeps the base: the version that it took, and what that said. A comparison holds three contents
//! against each other, member by member: the base, theirs as it is published now, and mine. A merge writes the project
//! and moves the base in one transaction, so that half a merge is never seen.

mod api;
mod choice;
mod compare;
mod model;
mod store;

pub use self::api::routes;
