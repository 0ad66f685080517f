//! Reports: how solutions spread, in numbers. As far as the reader may see: every report is a sum over what the lists show.

mod api;
mod model;
mod query;
mod store;
mod table;

pub use self::api::routes;
