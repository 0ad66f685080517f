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
        let (cluster, url) = if let Some(url) = database.database_url {
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

    /// Runs what wakes on changes: the listener and, where jobs run, the sequencer.
    pub fn start_jobs(&self, tasks: &Tasks, jobs: Jobs) -> Arc<Notify> {
        let (for_sequencer, for_follower) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let url = self.url.clone();
        let wakes = vec![for_sequencer.clone(), for_follower.clone()];
        tasks.run(async move { listen(url.expose_secret(), changes::CHANNEL, wakes).await });
        if jobs == Jobs::Here {
            tasks.run(changes::sequence(self.db.clone(), for_sequencer));
        }
        for_follower
    }
}

/// Whether the jobs run in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jobs {
    Here,
    Elsewhere,
}
