//! The audit trail as it is written: an entry in the transaction of every write, and one for every refusal.

mod entry;
mod personal;
mod refusals;
mod store;
mod trail;

pub use self::{
    entry::{AuditOutcome, Entry},
    refusals::Refusals,
};
pub(crate) use self::{
    personal::{WITHHELD, is_personal},
    refusals::PLATFORM,
    trail::Trail,
};
