//! One node: what a server needs, started in order and stopped in reverse.

mod record;
mod tasks;

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use arc_swap::ArcSwap;

pub use self::{
    record::{Jobs, Record},
    tasks::Tasks,
};
use crate::{
    platform::{
        auth::{Verifier, issuer::Issuer},
        clock::Clock,
        cursor::CursorKey,
        db::Db,
        directory::{self, Directory},
        state::State,
    },
    publications::PublicationCache,
    search::{Engine, Follower},
};

/// How often reference data is read anew: the bound on how long a node shows a region's old members.
const DIRECTORY_AGE: Duration = Duration::from_secs(5);

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
        record.start_jobs(tasks, jobs);
        let wake = record.follow_changes(tasks);
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
