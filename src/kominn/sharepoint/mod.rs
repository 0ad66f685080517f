//! `SharePoint`'s list interface, as an unattended client speaks it: within limits of time, size and host, and never sure that
//! what it sent took effect until it was answered.

mod auth;
mod dialect;
mod failure;
mod field;
mod item;
mod message;
mod pace;
mod schema;
mod site;
mod url;
mod wire;

pub(super) use self::dialect::Dialect;
pub(super) use self::{auth::secret, url::literal};
pub(super) use self::{
    failure::Failure,
    field::Kind,
    item::{Fields, Item},
    pace::Pace,
    schema::Schema,
    site::{Asked, Site},
};
