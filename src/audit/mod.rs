//! The audit trail as it is read: chained, shown, exported, verified, and dropped when it is old.

mod api;
mod check;
mod export;
mod keep;
mod model;
mod sealer;
mod store;
mod verify;

pub use self::{
    api::routes,
    keep::drop_daily,
    sealer::seal,
    verify::{Verified, verify, verify_export},
};
