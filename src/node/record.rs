//! The record of a node, and the jobs that it wakes.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Notify;

use super::tasks::Tasks;
use crate::{
    changes,
    config::Database,
    platform::db::{Db, embedded::Embedded, listen::listen, migrate, provision::provision},
};

/// The record, wherever it runs.
pub struct Record {
    pub db: Db,
    pub data: PathBuf,
    url: SecretString,
    cluster: Option<Embedded>,
}

impl Record {
    /// Connects to the configured server, whose schema must be this binary's; or starts the embedded one, and
    /// migrates it.
    ///
    /// # Errors
    /// When there is no database that this binary can use.
    pub async fn open(database: Database) -> anyhow::Result<Self> {
        let (cluster, url) =
            if let Some(url) = database.database_url.filter(|url| !url.expose_secret().is_empty()) {
                (None, url)
            } else {
                let cluster = Embedded::start(&database.data).await?;
                let url = provision(&cluster).await?.into();
                (Some(cluster), url)
            };
        let db = Db::new(url.expose_secret(), usize::from(database.database_connections))?;
        migrate::check(&db).await?;
        Ok(Self { db, data: database.data, url, cluster })
    }

    /// Stops the embedded server, if there is one.
    ///
    /// # Errors
    /// When it does not stop.
    pub async fn close(self) -> anyhow::Result<()> {
        match self.cluster {
            Some(cluster) => cluster.stop().await.context("stopping PostgreSQL"),
            None => Ok(()),
        }
    }

    /// Runs the jobs, where they run here.
    pub fn start_jobs(&self, tasks: &Tasks, jobs: Jobs) {
        if jobs == Jobs::Here {
            tasks.run(changes::sequence(self.db.clone()));
        }
    }

    /// Wakes whoever waits for it when the change log has new positions.
    pub fn follow_changes(&self, tasks: &Tasks) -> Arc<Notify> {
        let wake = Arc::new(Notify::new());
        let (url, waking) = (self.url.clone(), wake.clone());
        tasks.run(async move { listen(url.expose_secret(), changes::CHANNEL, waking).await });
        wake
    }
}

/// Whether the jobs run in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jobs {
    Here,
    Elsewhere,
}
