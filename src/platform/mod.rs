//! What every feature stands on: HTTP, PostgreSQL, identity and time. It knows no feature.

pub mod address;
pub mod auth;
pub mod clock;
pub mod closed;
mod code;
pub mod cursor;
pub mod db;
pub mod directory;
pub mod edge;
pub mod error;
pub mod extract;
pub mod fingerprint;
pub mod http;
pub mod id;
pub mod language;
mod limit;
pub mod lock;
pub mod page;
pub mod problem;
pub mod public_url;
pub mod respond;
pub mod set;
pub mod state;
pub mod telemetry;
pub mod text;
