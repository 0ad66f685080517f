//! Glomma: the API through which municipalities publish, search and imitate each other's innovation projects.
//!
//! Features stand on the platform, and use each other downhill only; `tests/api/architecture.rs` holds the table.

pub mod adoption;
pub mod audit;
pub mod changes;
pub mod clients;
pub mod commands;
pub mod config;
pub mod custody;
mod fallback;
pub mod feed;
pub mod following;
mod health;
pub mod images;
pub mod imitation;
pub mod issuer;
pub mod kominn;
pub mod lineage;
pub mod municipalities;
pub mod node;
pub mod openapi;
pub mod platform;
mod problems;
pub mod projects;
pub mod proposals;
pub mod publications;
pub mod reports;
mod routes;
pub mod search;
pub mod searches;
mod security_txt;
pub mod server;
pub mod upstream;
pub mod vocabularies;
