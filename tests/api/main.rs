//! The proofs: sentences about behaviour, over real HTTP, with a database each.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "what a test starts ends with its runtime, and its client has no limits"
)]

mod adoption;
mod architecture;
mod audit;
mod authorization;
mod chain;
mod cli;
mod clients;
mod contract;
mod custody;
mod feed;
mod following;
mod hardening;
mod http;
mod idempotency;
mod images;
mod imitation;
mod isolation;
mod kominn;
mod kominn_faults;
mod kominn_rehearsal;
mod kominn_round;
mod limits;
mod lineage;
mod malformed;
mod migrations;
mod model;
mod platform;
mod presets;
mod projects;
mod proposals;
mod provider;
mod publications;
mod readme;
mod reference_data;
mod relevance;
mod reports;
mod search;
mod searches;
mod similar;
mod support;
mod survival;
mod tenancy;
mod tokens;
mod two_nodes;
mod upstream;
