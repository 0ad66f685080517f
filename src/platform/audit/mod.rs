//! The audit trail as it is written: an entry in the transaction of every write, and one for every refusal.

mod entry;
mod refusals;
mod store;
mod trail;

pub use self::{
    entry::{AuditOutcome, Entry},
    refusals::Refusals,
};
pub(crate) use self::{refusals::PLATFORM, trail::Trail};
