//! A municipality's data as a whole: taking a contact out of everything, taking everything along, and leaving.

mod departure;
mod departure_api;
mod export_api;
mod redaction_api;
mod store;

pub use self::export_api::routes;
