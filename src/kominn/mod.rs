//! KOMINN, the national portal: what is published here for everybody is sent there, and what others publish there is shown here.
//!
//! A site is a `SharePoint` list that has no transactions, no idempotency and no word for what was deleted. So a ledger says of each
//! publication what was sent and what is known of the answer, and it is written before anything is sent.

mod api;
mod attention;
mod config;
mod consent_store;
mod decision_store;
mod due;
mod inbound;
mod induct_store;
mod item_store;
mod job;
#[cfg(test)]
mod laws;
mod link_api;
mod link_store;
mod merge;
mod model;
mod names;
mod outbound;
mod platform_api;
mod rehearsal_store;
mod run;
mod run_api;
mod run_store;
mod schedule;
mod sections;
mod sharepoint;
mod shown;
mod step_store;
mod sync;
mod target_store;
mod text;

pub use self::{
    api::routes,
    config::{Target, Targets},
    job::follow,
    model::Counts,
    run::{Ended, How, Kominn},
};
