//! The database of an embedded cluster: made on first use, with a login of its own for the service.

use anyhow::Context;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};

use super::{connect, embedded::Embedded, migrate};

const DATABASE: &str = "glomma";
const OWNER: &str = "postgres";
/// Who logs in: it owns nothing, and takes on the role of each transaction.
const LOGIN: &str = "glomma";

const MAKE_LOGIN: &str = "DO $$ BEGIN \
     IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'glomma') THEN \
         CREATE ROLE glomma LOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS; \
     END IF; END $$; \
     GRANT glomma_app, glomma_system TO glomma";

/// Makes and migrates the database of a cluster; returns the address to serve by.
///
/// # Errors
/// When the cluster refuses, or holds a database of a newer binary.
pub async fn provision(cluster: &Embedded) -> anyhow::Result<String> {
    make_database(&cluster.url(OWNER, OWNER)).await.context("making the database")?;
    let owner = cluster.url(OWNER, DATABASE);
    migrate::run(&owner).await?;
    let mut conn = connect::open_unlimited(&owner).await?;
    execute(&mut conn, MAKE_LOGIN).await.context("making the login")?;
    Ok(cluster.url(LOGIN, DATABASE))
}

async fn make_database(url: &str) -> anyhow::Result<()> {
    let mut conn = connect::open_unlimited(url).await?;
    match execute(&mut conn, "CREATE DATABASE glomma").await {
        Err(cause) if !cause.to_string().contains("already exists") => Err(cause.into()),
        _ => Ok(()),
    }
}

#[expect(clippy::disallowed_methods, reason = "this is platform/db")]
async fn execute(conn: &mut AsyncPgConnection, sql: &str) -> diesel::QueryResult<()> {
    conn.batch_execute(sql).await
}
