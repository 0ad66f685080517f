//! One node: what a server needs, started in order and stopped in reverse.

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context;
use arc_swap::ArcSwap;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    changes,
    config::Database,
    platform::{
        auth::{Verifier, issuer::Issuer},
        clock::Clock,
        cursor::CursorKey,
        db::{Db, embedded::Embedded, listen::listen, migrate, provision::provision},
        directory::{self, Directory},
        state::State,
    },
    publications::PublicationCache,
    search::{Engine, Follower},
};

/// How often reference data is read anew: the bound on how long a node shows a region's old members.
const DIRECTORY_AGE: Duration = Duration::from_secs(5);
/// How long tasks may take to stop.
const STOPPING: Duration = Duration::from_secs(20);

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

/// The tasks of a process: none outlives its stop.
#[derive(Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Tasks {
    pub fn stop_token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Runs a task that may be dropped at any await when the process stops.
    pub fn run(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn(self.stop.clone().run_until_cancelled_owned(task));
    }

    /// Runs a task that sees the stop itself and ends in its own time.
    pub fn run_to_end(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn(task);
    }

    /// Stops every task, and waits for it.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.tracker.close();
        if tokio::time::timeout(STOPPING, self.tracker.wait()).await.is_err() {
            tracing::warn!("some tasks did not stop in time");
        }
    }
}

/// What requests are served from.
#[derive(Clone)]
pub struct Node {
    pub state: Arc<State>,
    pub engine: Arc<Engine>,
    pub cache: Arc<PublicationCache>,
}

impl Node {
    /// Loads reference data and keys, catches the index up, and starts following the changes.
    ///
    /// # Errors
    /// When the database or the data folder cannot be used.
    pub async fn start(
        record: &Record,
        issuers: Vec<Issuer>,
        jobs: Jobs,
        tasks: &Tasks,
    ) -> anyhow::Result<Self> {
        let db = record.db.clone();
        let wake = record.start_jobs(tasks, jobs);
        let directory =
            Arc::new(ArcSwap::from_pointee(load_directory(&db).await.context("reading reference data")?));
        tasks.run(follow_directory(db.clone(), directory.clone()));
        let verifier = Arc::new(Verifier::new(issuers).await);
        let refresh = verifier.clone();
        tasks.run(async move { refresh.follow().await });
        let cache = Arc::new(PublicationCache::default());
        let follower = Follower::start(db.clone(), &record.data, cache.clone()).await?;
        let engine = follower.engine();
        tasks.run_to_end(follower.run(wake, tasks.stop_token()));
        let cursors = CursorKey::new(&db.system(async |tx| directory::cursor_secret(tx).await).await?);
        let state = Arc::new(State::new(db, verifier, directory, Clock, cursors));
        Ok(Self { state, engine, cache })
    }
}

async fn load_directory(db: &Db) -> crate::platform::error::Result<Directory> {
    db.public(None, async |tx| directory::load(tx).await).await
}

async fn follow_directory(db: Db, directory: Arc<ArcSwap<Directory>>) {
    loop {
        tokio::time::sleep(DIRECTORY_AGE).await;
        match load_directory(&db).await {
            Ok(fresh) => directory.store(Arc::new(fresh)),
            Err(cause) => tracing::warn!(%cause, "reference data is not fresh"),
        }
    }
}
