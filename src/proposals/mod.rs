//! Proposals: what an imitator learned, offered back. One municipality offers members of a content to another's
//! publication; that one takes over some of them, all or none, into its project.
//!
//! A proposal holds what it was written against, so that it can be held against what is there now: accepting it is a
//! merge of the same kind as from an upstream. Only the two municipalities see it; the credit is published with the next
//! version.

mod api;
mod decision;
mod model;
mod offer;
mod store;

pub use self::api::routes;
