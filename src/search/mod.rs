//! Search over publications: "has someone already done this?"
//!
//! PostgreSQL is the record, the index is derived and disposable: each node has its own in its data folder, follows
//! the change log, and rebuilds it when it is missing, corrupt, of another schema or of another database. What a
//! caller may see is decided in one place, `query::visible`, by the audience that every document carries.

mod analysis;
mod api;
mod collect;
mod document;
mod facet;
mod fields;
mod follow;
mod highlight;
mod index;
mod numbering;
mod query;
mod store;

pub use self::{
    api::routes,
    follow::{Follower, rebuild, verify},
    index::Engine,
};
