//! Search over publications: "has someone already done this?"
//!
//! PostgreSQL is the record, the index is derived and disposable: each node has its own in its data folder, follows
//! the change log, and rebuilds it when it is missing, corrupt, of another schema or of another database. What a
//! caller may see is decided in one place, `viewer`, by the audience that every document carries.

mod api;
mod ask;
mod best;
mod check_api;
mod clause;
mod collect;
mod criteria;
mod dictionary;
mod document;
mod engine;
mod expand;
mod facet;
mod facts;
mod few;
mod fields;
mod files;
mod follow;
mod guess;
mod highlight;
mod hit;
mod index;
mod language;
mod lookup;
mod matcher;
mod matching;
mod members;
mod newest;
mod news;
mod numbering;
mod parse;
mod place;
mod postings;
mod query;
mod rank;
mod scan;
mod similar;
mod similar_api;
mod store;
mod suggest;
mod suggest_api;
mod tokens;
mod verify;
mod viewer;

pub use self::{
    api::routes,
    engine::Engine,
    follow::{Follower, rebuild},
    verify::verify,
};
pub(crate) use self::{criteria::Criteria, newest::Newest};
