//! API clients: software of municipalities that have no issuer of their own, and of the operator.

mod api;
mod model;
mod operator;
mod patch;
mod platform_api;
pub(crate) mod secret;
pub(crate) mod store;

pub use self::{api::routes, operator::make_operator};
