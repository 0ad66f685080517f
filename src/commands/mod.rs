//! What the binary does, one file for each command that needs more than a few lines.

mod audit;
mod demo;
mod kominn;
mod operator;
mod serve;
mod token;

use std::io::Write;

use anyhow::{Context, bail};
use secrecy::ExposeSecret;

pub use self::{
    audit::verify_audit,
    demo::demo,
    kominn::kominn_sync,
    operator::operator,
    serve::{serve, work},
    token::token,
};
use crate::{
    config::{Database, Index},
    node::Record,
    openapi as document,
    platform::db::migrate as migrations,
    search,
};

/// Brings the database to the schema of this binary.
///
/// # Errors
/// When the database refuses.
pub async fn migrate(database: Database) -> anyhow::Result<()> {
    match database.server() {
        Some(url) => migrations::run(url.expose_secret()).await?,
        None => Record::with(database, async |_| Ok(())).await?,
    }
    tracing::info!("the database has the schema of this binary");
    Ok(())
}

/// Prints the OpenAPI document.
///
/// # Errors
/// When standard output is closed.
pub fn openapi() -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{:#}", document::document()).context("printing")
}

/// Rebuilds the index of this node, whose server must be stopped, or compares it with the record.
///
/// # Errors
/// When the index is in use, or differs from the record.
pub async fn index(command: Index) -> anyhow::Result<()> {
    match command {
        Index::Rebuild(database) => {
            Record::with(database, async |record| search::rebuild(record.db.clone(), &record.data).await)
                .await
        }
        Index::Verify(database) => {
            let verify = async |record: &Record| search::verify(&record.db, &record.data).await;
            let found = Record::with(database, verify).await?;
            if found.differences.is_empty() {
                tracing::info!(pending_changes = found.pending, "the index equals the record");
                return Ok(());
            }
            bail!("the index differs from the record:\n{}", found.differences)
        }
    }
}
