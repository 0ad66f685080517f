//! The record of a node, and the jobs that it wakes.

use std::path::PathBuf;

use anyhow::Context;
use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::watch;

use super::tasks::Tasks;
use crate::{
    audit, changes,
    config::{Database, Upkeep},
    following,
    platform::{
        db::{Db, embedded::Embedded, listen::listen, migrate, provision::provision},
        idempotency,
    },
};

/// The record, wherever it runs.
pub struct Record {
    pub db: Db,
    pub data: PathBuf,
    url: SecretString,
}

impl Record {
    /// Opens the record for `work`, and closes it however that ends.
    ///
    /// # Errors
    /// When there is no database that this binary can use, and as `work`.
    pub async fn with<T>(
        database: Database,
        work: impl AsyncFnOnce(&Self) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let Some(url) = database.server().cloned() else {
            let cluster = Embedded::start(&database.data).await?;
            let done =
                async { work(&Self::connect(&database, provision(&cluster).await?.into()).await?).await }
                    .await;
            let stopped = cluster.stop().await.context("stopping PostgreSQL");
            return done.and_then(|done| stopped.map(|()| done));
        };
        work(&Self::connect(&database, url).await?).await
    }

    /// Connects to a database whose schema must be this binary's.
    ///
    /// # Errors
    /// When it is unreachable, or of another schema.
    pub async fn connect(database: &Database, url: SecretString) -> anyhow::Result<Self> {
        let db = Db::new(&url, usize::from(database.database_connections))?;
        migrate::check(&db).await?;
        Ok(Self { db, data: database.data.clone(), url })
    }

    /// Runs the jobs, where they run here.
    pub fn start_jobs(&self, tasks: &Tasks, jobs: Jobs) {
        if let Jobs::Here(Upkeep { changes_keep_days, audit_keep_days }) = jobs {
            let keep = TimeDelta::days(i64::from(changes_keep_days));
            let keep_audit = TimeDelta::days(i64::from(audit_keep_days));
            tasks.run(audit::seal(self.db.clone()));
            tasks.run(audit::drop_daily(self.db.clone(), keep_audit));
            tasks.run(idempotency::clear_hourly(self.db.clone()));
            tasks.run(changes::sequence(self.db.clone()));
            tasks.run(changes::compact_daily(self.db.clone(), keep));
            tasks.run(following::tell(self.db.clone(), keep));
        }
    }

    /// Tells whoever watches that the change log has new positions, until the process stops; that ends the watch.
    pub fn follow_changes(&self, tasks: &Tasks) -> watch::Receiver<()> {
        let (wake, news) = watch::channel(());
        let url = self.url.clone();
        tasks.run(async move { listen(url.expose_secret(), changes::CHANNEL, wake).await });
        news
    }
}

/// Whether the jobs run in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jobs {
    Here(Upkeep),
    Elsewhere,
}
