//! The rows of the table: each a kind of request, measured beside its limit.

mod bare_handler;
mod bare_tantivy;
mod pgbench;
pub(crate) mod read;
pub(crate) mod search;
pub(crate) mod spread;
pub(crate) mod write;

pub(crate) use self::pgbench::Pgbench;
