//! Pictures of projects. They are immutable and known by their bytes: the same picture is one, however often it is sent.

mod api;
mod media_type;
mod model;
pub(crate) mod store;

pub use self::{api::routes, media_type::MediaType};
