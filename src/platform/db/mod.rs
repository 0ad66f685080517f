//! The record. A connection is reached only through [`Db`], which opens a transaction, takes on a role and a
//! municipality, and commits on `Ok`: forgetting one of these does not compile.

mod connect;
pub mod embedded;
pub mod listen;
pub mod migrate;
mod pool;
mod prepared;
pub mod provision;
pub mod schema;

use diesel_async::AsyncPgConnection;

pub use self::pool::Db;
pub(crate) use self::prepared::prepared;
use crate::platform::id::MunicipalityId;

/// Whose right a transaction runs by.
pub trait Scope: 'static {
    /// The database role that is taken on, and whether it may write.
    const ROLE: &'static str;
    const READ_ONLY: bool = false;

    /// What row level security is told.
    fn municipality(&self) -> Option<MunicipalityId>;
}

/// A municipality, acting on its own things.
#[derive(Clone, Copy, Debug)]
pub struct Tenant(pub MunicipalityId);

/// A reader of publications, of a municipality or of none.
#[derive(Clone, Copy, Debug)]
pub struct Public(pub Option<MunicipalityId>);

/// The service itself: the change log and the index. It sees no project.
#[derive(Clone, Copy, Debug)]
pub struct System;

impl Scope for Tenant {
    const ROLE: &'static str = "glomma_app";

    fn municipality(&self) -> Option<MunicipalityId> {
        Some(self.0)
    }
}

impl Scope for Public {
    const ROLE: &'static str = "glomma_app";
    const READ_ONLY: bool = true;

    fn municipality(&self) -> Option<MunicipalityId> {
        self.0
    }
}

impl Scope for System {
    const ROLE: &'static str = "glomma_system";

    fn municipality(&self) -> Option<MunicipalityId> {
        None
    }
}

/// A running transaction. Only [`Db`] makes one.
pub struct Tx<'c, S: Scope> {
    conn: &'c AsyncPgConnection,
    scope: S,
}

pub type TenantTx<'c> = Tx<'c, Tenant>;
pub type PublicTx<'c> = Tx<'c, Public>;
pub type SystemTx<'c> = Tx<'c, System>;

impl<'c, S: Scope> Tx<'c, S> {
    /// Runs and pipelines queries. A shared reference can neither commit nor open a transaction.
    pub fn conn(&self) -> &'c AsyncPgConnection {
        self.conn
    }
}

impl TenantTx<'_> {
    /// The municipality whose transaction this is, as row level security was told.
    pub fn municipality(&self) -> MunicipalityId {
        self.scope.0
    }
}
