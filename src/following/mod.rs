//! Following: what a municipality is told of. Of what concerns it anyhow (what it imitates, what imitates its own,
//! proposals), and of the publications, municipalities and areas that it chose.
//!
//! Notifications are made from the change log by one job at a time, at most one for a municipality and an entry. How far
//! the log was told moves in the transaction that tells, so that nothing is told twice or never, whatever is killed.

mod api;
mod job;
mod model;
mod notification;
mod notification_api;
mod store;

pub use self::{api::routes, job::tell};
