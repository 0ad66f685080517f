//! One node: what a server needs, started in order and stopped in reverse.

mod record;
mod tasks;

use std::sync::Arc;

use anyhow::Context;

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

/// What requests are served from.
#[derive(Clone)]
pub struct Node {
    pub state: Arc<State>,
    pub engine: Arc<Engine>,
    pub cache: Arc<PublicationCache>,
    pub feed: Arc<Feed>,
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
        let news = record.follow_changes(tasks);
        let directory = directory::read(&db).await.context("reading reference data")?;
        tasks.run(directory::follow(db.clone(), directory.clone()));
        let verifier = Arc::new(Verifier::new(issuers).await);
        let refresh = verifier.clone();
        tasks.run(async move { refresh.follow().await });
        let cache = Arc::new(PublicationCache::default());
        let follower = Follower::start(db.clone(), &record.data, cache.clone()).await?;
        let engine = follower.engine();
        tasks.run_to_end(follower.run(news.clone(), tasks.stop_token()));
        let cursors = CursorKey::new(&db.system(async |tx| directory::cursor_secret(tx).await).await?)?;
        let state = Arc::new(State::new(db, verifier, directory, Clock, Arc::new(cursors)));
        Ok(Self { state, engine, cache, feed: Arc::new(Feed::new(news)) })
    }
}
