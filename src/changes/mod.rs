//! The change log: one row per visible fact, written in the transaction that made it true. It is the only order
//! in which anything leaves the system.
//!
//! Numbers taken by writers become visible out of order, and a reader that trusts them loses rows. So a row gets
//! its position afterwards, by one sequencer at a time: whoever has read up to a position has read everything
//! before it.

mod compaction;
mod model;
mod sequencer;
mod store;

pub(crate) use self::store::{Bounds, Filter, Seen, after, bounds, record, visible_between};
pub use self::{
    compaction::compact_daily,
    model::{Change, ChangeKind},
    sequencer::sequence,
    store::compact,
};

/// The channel on which PostgreSQL tells that a part of the log got positions.
pub const CHANNEL: &str = "glomma_change";
