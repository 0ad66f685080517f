//! The change feed: how others keep a copy of what they may see. A mirror begins with an export, which names a position
//! of the change log, and follows the log from there.
//!
//! An entry only says that something happened to a publication; what it shows is the publication as the reader may see
//! it *now*. So an entry can be read twice, or late, and a mirror is right as soon as it has read to the end. What
//! takes sight away is an entry that those who lose it can still see.

mod api;
mod export;
mod model;
mod store;
mod wait;

pub use self::{api::routes, wait::Feed};
