//! Publications: what others see of a project. Versions are immutable and numbered from 1; a publication taken
//! back leaves a tombstone.
//!
//! Publishing and withdrawing write the publication, its version and the change log in one transaction, which is
//! durable when it is acknowledged. This node forgets its cached copy at once, other nodes when they read the
//! change, within a second.

mod api;
mod cache;
mod external;
pub(crate) mod external_store;
mod model;
pub(crate) mod store;
mod version;
mod version_store;

pub use self::{
    api::routes,
    cache::PublicationCache,
    external::External,
    model::{Publication, PublishRequest},
};
