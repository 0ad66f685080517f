//! Search over publications: "has someone already done this?"
//!
//! PostgreSQL is the record, the index is derived and disposable: each node has its own in its data folder, follows
//! the change log, and rebuilds it when it is missing, corrupt, of another schema or of another database. What a
//! caller may see is decided in one place, `query::visible`, by the audience that every document carries.

mod api;
mod best;
mod check_api;
mod clause;
mod collect;
mod dictionary;
mod document;
mod engine;
mod expand;
mod facet;
mod few;
mod fields;
mod follow;
mod guess;
mod highlight;
mod hit;
mod index;
mod language;
mod matcher;
mod matching;
mod members;
mod news;
mod numbering;
mod parse;
mod place;
mod query;
mod rank;
mod similar;
mod similar_api;
mod store;
mod suggest;
mod suggest_api;
mod tokens;
mod verify;

pub use self::{
    api::routes,
    engine::Engine,
    follow::{Follower, rebuild},
    verify::verify,
};
