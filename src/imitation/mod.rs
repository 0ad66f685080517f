//! Imitation: making your own project out of another's publication, with its origin kept. A copy is credited to
//! the exact version it was made from.
//!
//! No cycle can close: an edge is drawn when the imitating project is made, before anybody can imitate that one,
//! and the database refuses any later.

mod api;
mod model;
pub(crate) mod store;

pub use self::{api::routes, model::ImitationRequest};
