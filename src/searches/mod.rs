//! Saved searches: what a municipality keeps looking for, with a feed of what is new among the hits.
//!
//! A search is its municipality's own, or public: then everybody who knows its id may read it and follow its feed,
//! which shows an anonymous reader what is public, as search does.

mod api;
mod feed;
mod feed_api;
mod model;
mod patch;
mod store;

pub use self::api::routes;
