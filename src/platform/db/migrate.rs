//! Bringing a database to the schema of this binary.

use anyhow::{Context, anyhow, ensure};
use diesel::{migration::Migration, pg::Pg};
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connect;
use crate::platform::{db::Db, directory};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// "glomma" on a telephone's keys: nothing else in the database takes this advisory lock.
const LOCK: &str = "SELECT pg_advisory_lock(456662)";

/// Applies what is missing, and writes the reference data that is not there yet.
///
/// `url` is of the role that is to own the tables. Several nodes may start at once: they take turns.
///
/// # Errors
/// When the database is unreachable, newer than this binary, or refuses a migration; nothing of a refused
/// migration stays.
pub async fn run(url: &str) -> anyhow::Result<()> {
    let mut harness = harness(url).await?;
    tokio::task::block_in_place(|| -> anyhow::Result<()> {
        ensure_known(&mut harness)?;
        harness.run_pending_migrations(MIGRATIONS).map_err(|cause| anyhow!(cause)).context("migrating")?;
        Ok(())
    })?;
    seed(&harness.into_inner()).await.context("writing the reference data")
}

/// All of the reference data, or none: a municipality without its regions would see nobody.
#[expect(clippy::disallowed_methods, reason = "this is platform/db")]
async fn seed(mut conn: &AsyncPgConnection) -> anyhow::Result<()> {
    conn.batch_execute("BEGIN").await?;
    directory::seed(conn).await?;
    Ok(conn.batch_execute("COMMIT").await?)
}

/// Takes back every migration. For the test that proves that each can be.
///
/// # Errors
/// As [`run`].
pub async fn revert(url: &str) -> anyhow::Result<()> {
    let mut harness = harness(url).await?;
    tokio::task::block_in_place(|| {
        harness.revert_all_migrations(MIGRATIONS).map_err(|cause| anyhow!(cause)).context("reverting")?;
        Ok(())
    })
}

/// Refuses a database that is older than this binary. A newer one is served: its migrations keep what this binary
/// reads, so that nodes can be replaced one by one.
///
/// # Errors
/// When it is older, or unreachable.
pub async fn check(db: &Db) -> anyhow::Result<()> {
    let applied = db
        .system(async |tx| directory::schema_version(tx).await)
        .await
        .context("reading the schema's version")?;
    let newest = head();
    ensure!(
        applied >= newest,
        "the database's schema is {applied:?}, older than this binary's {newest:?}: run `glomma migrate`"
    );
    Ok(())
}

fn head() -> Option<String> {
    let migrations = diesel::migration::MigrationSource::<Pg>::migrations(&MIGRATIONS).ok()?;
    migrations.iter().map(|migration| migration.name().version().to_string()).max()
}

#[expect(clippy::disallowed_methods, reason = "this is platform/db")]
async fn harness(url: &str) -> anyhow::Result<AsyncMigrationHarness<AsyncPgConnection>> {
    let mut conn = connect::open_unlimited(url).await.context("connecting to the database")?;
    conn.batch_execute(LOCK).await?;
    Ok(AsyncMigrationHarness::new(conn))
}

fn ensure_known(harness: &mut AsyncMigrationHarness<AsyncPgConnection>) -> anyhow::Result<()> {
    let applied = harness.applied_migrations().map_err(|cause| anyhow!(cause))?;
    let newest = applied.iter().map(ToString::to_string).max();
    ensure!(
        newest <= head(),
        "the database's schema is newer ({newest:?}) than this binary: use the newer binary"
    );
    Ok(())
}
