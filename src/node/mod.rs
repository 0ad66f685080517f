//! One node: what a server needs, started in order and stopped in reverse.

mod record;
mod tasks;

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use tokio::{sync::watch, time::timeout};

pub use self::{
    record::{Jobs, Record},
    tasks::Tasks,
};
use crate::{
    feed::Feed,
    platform::{
        auth::{Verifier, issuer::Issuer},
        clock::Clock,
        cursor::CursorKey,
        directory::{self},
        state::State,
    },
    publications::PublicationCache,
    search::{Engine, Follower},
};

/// How long a start waits for the index to catch up.
const INDEXING: Duration = Duration::from_secs(2);

/// What requests are served from.
#[derive(Clone)]
pub struct Node {
    pub state: Arc<State>,
    pub engine: Arc<Engine>,
    pub cache: Arc<PublicationCache>,
    pub feed: Arc<Feed>,
}

impl Node {
    /// Loads reference data and keys, and starts following the changes with the index.
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
        let news = record.follow_changes(tasks);
        let directory = directory::read(&db).await.context("reading reference data")?;
        tasks.run(directory::follow(db.clone(), directory.clone()));
        let verifier = Arc::new(Verifier::new(issuers).await);
        let refresh = verifier.clone();
        tasks.run(async move { refresh.follow().await });
        let cache = Arc::new(PublicationCache::default());
        let follower = Follower::open(db.clone(), &record.data, cache.clone()).await?;
        let engine = follower.engine();
        let (caught_up, mut caught_up_is) = watch::channel(false);
        tasks.run_to_end(follower.run(news.clone(), caught_up, tasks.stop_token()));
        // Serves without the index when that takes longer; only search waits for it.
        drop(timeout(INDEXING, caught_up_is.wait_for(|is| *is)).await);
        let cursors = CursorKey::new(&db.system(async |tx| directory::cursor_secret(tx).await).await?)?;
        let state = Arc::new(State::new(db, verifier, directory, Clock, Arc::new(cursors)));
        Ok(Self { state, engine, cache, feed: Arc::new(Feed::new(news)) })
    }
}
