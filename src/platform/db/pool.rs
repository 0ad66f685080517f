//! The pool, and the one way to run a transaction.

use std::time::Duration;

use anyhow::Context;
use deadpool::{
    Runtime,
    managed::{Object, PoolError},
};
use diesel_async::{
    AsyncPgConnection, SimpleAsyncConnection,
    pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod, deadpool::Pool},
};
use futures_util::future::join;
use secrecy::{ExposeSecret, SecretString};

use super::{Public, PublicTx, Scope, System, SystemTx, Tenant, TenantTx, Tx, connect};
use crate::platform::{
    audit::Trail,
    error::{Code, Error, Result},
    hex::hex,
    id::MunicipalityId,
};

/// How long a request waits for a connection before it is told that the service is busy.
const WAIT: Duration = Duration::from_secs(5);

/// The record: hands out transactions, never connections.
#[derive(Clone)]
pub struct Db {
    pool: Pool<AsyncPgConnection>,
    url: SecretString,
    rehearses: bool,
}

impl Db {
    /// A pool of at most `size` connections to `url`, opened when they are needed, for tasks of this runtime.
    ///
    /// # Errors
    /// When the pool cannot be built.
    pub fn new(url: &SecretString, size: usize) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Handle::current();
        let mut config = ManagerConfig::default();
        config.recycling_method = RecyclingMethod::Fast;
        config.custom_setup = Box::new(move |url| {
            let (url, runtime) = (url.to_owned(), runtime.clone());
            // The task that drives a connection lives on the runtime of its pool, whoever asks first.
            Box::pin(async move {
                let opened = runtime.spawn(async move { connect::open(&url).await }).await;
                opened.unwrap_or_else(|cause| Err(diesel::ConnectionError::BadConnection(cause.to_string())))
            })
        });
        let manager = AsyncDieselConnectionManager::new_with_config(url.expose_secret(), config);
        let pool =
            Pool::builder(manager).max_size(size).runtime(Runtime::Tokio1).wait_timeout(Some(WAIT)).build();
        Ok(Self { pool: pool.context("building the connection pool")?, url: url.clone(), rehearses: false })
    }

    /// A pool of this thread's own, with a share of the connections.
    ///
    /// A server thread and its connections wake each other without crossing threads, which is a third of the time
    /// of a small request; and a thread that is busy keeps no other from its answers.
    ///
    /// # Errors
    /// When the pool cannot be built.
    pub fn of_this_thread(&self, threads: usize) -> anyhow::Result<Self> {
        Self::new(&self.url, (self.pool.status().max_size / threads.max(1)).max(2))
    }

    /// The same record, but for the tables of the schema `rehearsal`: they stand for those of the same names.
    pub(crate) fn rehearsing(&self) -> Self {
        Self { rehearses: true, ..self.clone() }
    }

    pub(super) fn url(&self) -> &SecretString {
        &self.url
    }

    /// Runs `work` as a municipality; commits on `Ok`.
    pub async fn tenant<T>(
        &self,
        municipality: MunicipalityId,
        work: impl AsyncFnOnce(&TenantTx<'_>) -> Result<T>,
    ) -> Result<T> {
        self.run(Tenant(municipality), work).await
    }

    /// Runs `work` as a reader, who sees what that municipality (or everybody) may see. Read only.
    pub async fn public<T>(
        &self,
        reader: Option<MunicipalityId>,
        work: impl AsyncFnOnce(&PublicTx<'_>) -> Result<T>,
    ) -> Result<T> {
        self.run(Public(reader), work).await
    }

    /// Runs `work` as the service itself; commits on `Ok`.
    pub async fn system<T>(&self, work: impl AsyncFnOnce(&SystemTx<'_>) -> Result<T>) -> Result<T> {
        self.run(System, work).await
    }

    async fn run<T, S: Scope>(&self, scope: S, work: impl AsyncFnOnce(&Tx<'_, S>) -> Result<T>) -> Result<T> {
        let mut lease =
            Lease { conn: Some(self.pool.get().await.map_err(|cause| unavailable(&cause))?), clean: false };
        let conn = lease.conn()?;
        // Sent together with the first query of the work: PostgreSQL answers in order, so nothing runs outside
        // the transaction, and its opening costs no round trip. Should it fail, the connection is not clean.
        let opening = begin(&scope, self.rehearses);
        let tx = Tx { conn, scope, trail: Trail::default() };
        let (begun, outcome) = join(execute(conn, &opening), work(&tx)).await;
        begun?;
        let closing = if outcome.is_ok() { end(&tx)? } else { "ROLLBACK".to_owned() };
        execute(conn, &closing).await?;
        lease.clean = true;
        outcome
    }
}

/// Opens the transaction and takes on role and municipality. The values are a constant and nine digits, so they
/// need no quoting.
fn begin<S: Scope>(scope: &S, rehearses: bool) -> String {
    let mode = if S::READ_ONLY { "BEGIN READ ONLY" } else { "BEGIN" };
    let municipality = scope.municipality().map(|id| id.to_string()).unwrap_or_default();
    let path = if rehearses { "; SET LOCAL search_path = rehearsal, public" } else { "" };
    format!("{mode}; SET LOCAL ROLE {}; SET LOCAL app.municipality_id = '{municipality}'{path}", S::ROLE)
}

/// Commits, with what the transaction tells the audit trail: one round trip, and never one without the other. The name of a
/// chain and hexadecimal digits need no quoting.
fn end<S: Scope>(tx: &Tx<'_, S>) -> Result<String> {
    let mut closing = String::new();
    for entry in tx.trail().take_told() {
        let text = hex(&serde_json::to_vec(&entry).map_err(anyhow::Error::from)?);
        closing.push_str(&["EXECUTE audit ('", entry.chain(), "', '", &text, "'); "].concat());
    }
    closing.push_str("COMMIT");
    Ok(closing)
}

#[expect(clippy::disallowed_methods, reason = "this is platform/db")]
async fn execute(mut conn: &AsyncPgConnection, sql: &str) -> Result<(), diesel::result::Error> {
    conn.batch_execute(sql).await
}

/// A connection on loan. Dropped before its transaction ended (the client went away, the work panicked), it is
/// closed instead of going back, so that no other request can inherit the transaction.
struct Lease {
    conn: Option<Object<AsyncDieselConnectionManager<AsyncPgConnection>>>,
    clean: bool,
}

impl Lease {
    fn conn(&self) -> Result<&AsyncPgConnection> {
        Ok(self.conn.as_deref().context("a lease holds its connection until it is dropped")?)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(conn) = self.conn.take()
            && !self.clean
        {
            drop(Object::take(conn));
        }
    }
}

fn unavailable(cause: &PoolError<diesel_async::pooled_connection::PoolError>) -> Error {
    tracing::error!(%cause, "no database connection");
    Error::new(Code::Unavailable, "The database does not answer. Try again.")
}
