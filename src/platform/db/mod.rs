//! The record. A connection is reached only through [`Db`], which opens a transaction, takes on a role and a
//! municipality, and commits on `Ok`: forgetting one of these does not compile.

mod connect;
pub mod embedded;
mod jsonb;
pub mod listen;
pub mod migrate;
mod pool;
mod prepared;
pub mod provision;
pub mod schema;
mod scope;
mod session;
mod turn;

use diesel_async::AsyncPgConnection;

pub(crate) use self::{
    jsonb::{JSONB_VERSION, jsonb},
    prepared::prepared,
};
pub use self::{
    pool::Db,
    scope::{Public, Scope, System, Tenant},
    session::Session,
};
use crate::platform::{audit::Trail, id::MunicipalityId};

/// A running transaction. Only [`Db`] makes one.
pub struct Tx<'c, S: Scope> {
    conn: &'c AsyncPgConnection,
    scope: S,
    trail: Trail,
}

pub type TenantTx<'c> = Tx<'c, Tenant>;
pub type PublicTx<'c> = Tx<'c, Public>;
pub type SystemTx<'c> = Tx<'c, System>;

impl<'c, S: Scope> Tx<'c, S> {
    /// Runs and pipelines queries. A shared reference can neither commit nor open a transaction.
    pub fn conn(&self) -> &'c AsyncPgConnection {
        self.conn
    }

    /// What this transaction changes, for the audit trail.
    pub(crate) fn trail(&self) -> &Trail {
        &self.trail
    }
}

impl TenantTx<'_> {
    /// The municipality whose transaction this is, as row level security was told.
    pub fn municipality(&self) -> MunicipalityId {
        self.scope.0
    }
}
