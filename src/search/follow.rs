//! Keeping the index of a node equal to the record, by following the change log.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use indicatif::ProgressBar;
use tokio::{sync::watch, task::block_in_place, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{
    engine::Engine,
    index::{IndexFile, Mark},
    news::{News, Step, batch, news},
    place::Place,
    store,
};
use crate::{
    changes::{self, Bounds},
    platform::{db::Db, directory, fingerprint::fingerprint},
    publications::PublicationCache,
};

/// How long the follower sleeps when nobody wakes it: the bound on what a lost notification costs.
const NAP: Duration = Duration::from_millis(500);
/// How long the follower leaves it after a failure.
const PENANCE: Duration = Duration::from_secs(3);
/// How long changes are gathered between two commits: a commit costs the same for one as for hundreds.
const PAUSE: Duration = Duration::from_millis(400);

/// Writes the index of one node.
pub struct Follower {
    db: Db,
    place: Place,
    /// None until one is built.
    index: Option<(IndexFile, Mark)>,
    engine: Arc<Engine>,
    cache: Arc<PublicationCache>,
    /// What tells this database from others.
    database: String,
}

/// What a look at the log led to.
#[derive(PartialEq, Eq)]
enum Look {
    /// The index is as the record was.
    CaughtUp,
    /// Something was read; there may be more.
    Read,
    /// The log does not lead from the index to the record.
    Lost,
}

impl Follower {
    /// Opens the index in the data folder, and shows it if it is of this database; it may lag behind.
    ///
    /// # Errors
    /// When the database is unreachable, or the data folder is in use or cannot be written.
    pub async fn open(db: Db, data: &Path, cache: Arc<PublicationCache>) -> anyhow::Result<Self> {
        let place = block_in_place(|| Place::take(data))?;
        let database = db.system(async |tx| directory::cursor_secret(tx).await).await;
        let database = fingerprint(&database.context("reading what tells this database from others")?);
        let index = block_in_place(|| place.open()).filter(|(_, mark)| mark.database == database);
        let engine = Arc::new(Engine::default());
        if let Some((index, _)) = &index {
            index.show(&engine)?;
        }
        Ok(Self { db, place, index, engine, cache, database })
    }

    pub fn engine(&self) -> Arc<Engine> {
        self.engine.clone()
    }

    /// Follows until told to stop; builds the index first where there is none. Tells when it has caught up for the
    /// first time.
    pub async fn run(
        mut self,
        mut wake: watch::Receiver<()>,
        caught_up: watch::Sender<bool>,
        stop: CancellationToken,
    ) {
        while !stop.is_cancelled() {
            match self.look(&stop).await {
                Ok(Look::CaughtUp) => drop(caught_up.send_replace(true)),
                Ok(Look::Read | Look::Lost) if *caught_up.borrow() => {
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
                Ok(Look::Read | Look::Lost) => continue,
                Err(cause) => {
                    tracing::error!(cause = format!("{cause:#}"), "indexing failed, trying again");
                    // What makes it fail, a full disk or no database, is not over at once.
                    drop(timeout(PENANCE, stop.cancelled()).await);
                }
            }
            tokio::select! {
                // It ends with the process only, which stops this too.
                _ = wake.changed() => {}
                () = tokio::time::sleep(NAP) => {}
                () = stop.cancelled() => {}
            }
        }
        self.close();
    }

    fn close(self) {
        let closed = self.index.map_or(Ok(()), |(index, _)| block_in_place(|| index.close()));
        if let Err(cause) = closed {
            tracing::warn!(cause = format!("{cause:#}"), "closing the index");
        }
    }

    async fn look(&mut self, stop: &CancellationToken) -> anyhow::Result<Look> {
        let look = self.step().await?;
        if look == Look::Lost {
            // What changed is not known, so nothing that is kept can be shown.
            self.cache.clear();
            self.rebuild(stop).await?;
        }
        Ok(look)
    }

    /// Reads the next entries of the log. What was read is committed with its position, so a kill repeats it at
    /// worst, and repeating changes nothing.
    async fn step(&mut self) -> anyhow::Result<Look> {
        let Some((index, mark)) = &mut self.index else { return Ok(Look::Lost) };
        let news = self.db.system(async |tx| news(tx, mark.position).await).await?;
        let lag = |left: i64| {
            metrics::gauge!("glomma_index_lag").set(f64::from(i32::try_from(left).unwrap_or(i32::MAX)));
        };
        let News { last, head, ids, imitations, records } = match news {
            Step::Lost => return Ok(Look::Lost),
            Step::Nothing => {
                self.cache.confirm();
                lag(0);
                return Ok(Look::CaughtUp);
            }
            Step::News(news) => news,
        };
        for id in ids.iter().chain(&imitations) {
            self.cache.forget(*id);
        }
        let read = Mark { position: last, ..mark.clone() };
        if let Err(cause) = block_in_place(|| index.replace((&ids, &records), &read, &self.engine)) {
            // The writer goes before another comes: there is one at a time.
            self.index = None;
            self.index = block_in_place(|| self.place.open());
            if let Some((index, _)) = &self.index {
                // It may have been committed and not shown.
                block_in_place(|| index.show(&self.engine))?;
            }
            return Err(cause);
        }
        // Only now: what could not be committed is read again.
        *mark = read;
        self.cache.confirm();
        lag(head - last);
        metrics::gauge!("glomma_index_position").set(f64::from(u32::try_from(last).unwrap_or(u32::MAX)));
        Ok(Look::Read)
    }

    /// Builds the index anew beside the one that is searched, and puts it in its place. What changes meanwhile is in
    /// the log behind the mark, and is read again.
    pub(super) async fn rebuild(&mut self, stop: &CancellationToken) -> anyhow::Result<()> {
        let (Bounds { head, .. }, total) =
            self.db.system(async |tx| Ok((changes::bounds(tx).await?, store::count(tx).await?))).await?;
        let progress = ProgressBar::new(u64::try_from(total).unwrap_or(0));
        let mut built = block_in_place(|| self.place.build())?;
        let mut after = None;
        loop {
            let (ids, records) = batch(&self.db, after).await?;
            let Some(&last) = ids.last() else { break };
            if stop.is_cancelled() {
                return Ok(());
            }
            progress.inc(u64::try_from(ids.len()).unwrap_or(0));
            block_in_place(|| built.put(&[], &records))?;
            after = Some(last);
        }
        let mark = Mark { position: head, database: self.database.clone() };
        block_in_place(|| {
            built.commit(&mark)?;
            built.close()?;
            self.index = None;
            self.place.replace()?;
            self.index = self.place.open();
            let (index, _) = self.index.as_ref().context("the index that was just built cannot be used")?;
            index.show(&self.engine)
        })?;
        progress.finish_and_clear();
        tracing::info!(publications = total, "index rebuilt");
        Ok(())
    }
}

/// Builds the index anew from the record.
///
/// # Errors
/// When a server uses the index, the database is unreachable, or the data folder cannot be written.
pub async fn rebuild(db: Db, data: &Path) -> anyhow::Result<()> {
    let mut follower = Follower::open(db, data, Arc::new(PublicationCache::default())).await?;
    follower.rebuild(&CancellationToken::new()).await
}
