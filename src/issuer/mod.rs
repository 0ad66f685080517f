//! The built-in issuer (RFC 6749, 7523, 8414): tokens for API clients of municipalities that have no issuer of their own.

mod api;
mod claims;
mod client_auth;
mod grant;
mod key;
mod key_store;
mod keys_api;
mod oauth;
mod rotation;
mod store;
mod vault;

use std::sync::Arc;

pub use self::{
    api::routes,
    keys_api::routes as platform_routes,
    rotation::{rotate, rotate_when_due},
    vault::Vault,
};
use crate::platform::{
    auth::issuer::Issuer,
    db::Db,
    error::{Error, Result},
};

/// The built-in issuer of a server, where it is configured.
#[derive(Clone)]
pub struct BuiltIn {
    /// Its name (`iss`) and address, and the audience of its tokens.
    name: String,
    vault: Arc<Vault>,
    db: Db,
}

impl BuiltIn {
    /// `name` is the address by which others reach the service.
    pub fn new(name: String, vault: Vault, db: Db) -> Self {
        Self { name, vault: Arc::new(vault), db }
    }

    /// The issuer as the service itself trusts it.
    pub fn issuer(&self) -> Issuer {
        Issuer::built_in(&self.name, self.db.clone())
    }

    fn link(&self, path: &str) -> String {
        format!("{}{path}", self.name)
    }
}

/// What handlers reach: the issuer, or 404 where there is none.
#[derive(Clone)]
pub struct Slot(pub Option<BuiltIn>);

impl Slot {
    fn get(&self) -> Result<&BuiltIn> {
        self.0.as_ref().ok_or_else(Error::not_found)
    }
}
