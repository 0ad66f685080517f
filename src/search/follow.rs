//! Keeping the index of a node equal to the record, by following the change log.

use std::{collections::BTreeMap, fmt::Write, path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use indicatif::ProgressBar;
use tokio::{sync::watch, task::block_in_place};
use tokio_util::sync::CancellationToken;

use super::{
    document::Record,
    index::{Engine, IndexFile, Mark},
    store,
};
use crate::{
    changes,
    platform::{db::Db, directory, error::Result, fingerprint::fingerprint, id::ProjectId},
    publications::PublicationCache,
};

/// How long the follower sleeps when nobody wakes it: the bound on what a lost notification costs.
const NAP: Duration = Duration::from_millis(500);
/// How long changes are gathered between two commits: a commit costs the same for one as for hundreds.
const PAUSE: Duration = Duration::from_millis(400);
/// Entries, or publications, that are read at once.
const BATCH: i64 = 500;

/// Writes the index of one node.
pub struct Follower {
    db: Db,
    file: IndexFile,
    cache: Arc<PublicationCache>,
    mark: Mark,
}

impl Follower {
    /// Opens the index in the data folder and catches up with the record; rebuilds it when it cannot be trusted.
    ///
    /// # Errors
    /// When the database is unreachable, or the data folder cannot be written.
    pub async fn start(db: Db, data: &Path, cache: Arc<PublicationCache>) -> anyhow::Result<Self> {
        let (file, mark) = block_in_place(|| IndexFile::open(data))?;
        let (bounds, database) = db
            .system(async |tx| Ok((changes::bounds(tx).await?, directory::cursor_secret(tx).await?)))
            .await
            .context("reading the change log")?;
        let fresh = Mark { position: bounds.head, database: fingerprint(&database) };
        let log = bounds.compacted_through..=bounds.head;
        let usable = mark.filter(|mark| mark.database == fresh.database && log.contains(&mark.position));
        let stale = usable.is_none();
        let mut follower = Self { db, file, cache, mark: usable.unwrap_or(fresh) };
        if stale {
            follower.rebuild().await?;
        }
        while follower.step().await? {}
        Ok(follower)
    }

    pub fn engine(&self) -> Arc<Engine> {
        self.file.engine.clone()
    }

    /// Follows until told to stop.
    pub async fn run(mut self, mut wake: watch::Receiver<()>, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match self.step().await {
                Ok(true) => {
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
                Ok(false) => {}
                Err(cause) => tracing::error!(cause = format!("{cause:#}"), "indexing failed, trying again"),
            }
            tokio::select! {
                // It ends with the process only, which stops this too.
                _ = wake.changed() => {}
                () = tokio::time::sleep(NAP) => {}
                () = stop.cancelled() => {}
            }
        }
        if let Err(cause) = block_in_place(|| self.file.close()) {
            tracing::warn!(cause = format!("{cause:#}"), "closing the index");
        }
    }

    /// Reads the next entries of the log; says whether there were any. What was read is committed with its
    /// position, so a kill repeats it at worst, and repeating changes nothing.
    async fn step(&mut self) -> anyhow::Result<bool> {
        let position = self.mark.position;
        let read = self.db.system(async |tx| {
            let entries = changes::after(tx, position, BATCH).await?;
            let Some(last) = entries.last().map(|entry| entry.position) else { return Ok(None) };
            let changed: Vec<ProjectId> = entries.iter().map(|entry| entry.publication_id).collect();
            let (origins, imitations) = store::relatives(tx, &changed).await?;
            let ids: Vec<ProjectId> = changed.into_iter().chain(origins).collect();
            let records = store::records(tx, &ids).await?;
            Ok(Some((last, ids, imitations, records)))
        });
        let Some((last, ids, imitations, records)) = read.await? else {
            self.cache.confirm();
            return Ok(false);
        };
        ids.iter().chain(&imitations).for_each(|id| self.cache.forget(*id));
        let mark = Mark { position: last, ..self.mark.clone() };
        block_in_place(|| self.file.replace(&ids, &records, &mark))?;
        // Only now: what could not be committed is read again.
        self.mark = mark;
        self.cache.confirm();
        metrics::gauge!("glomma_index_position").set(f64::from(u32::try_from(last).unwrap_or(u32::MAX)));
        Ok(true)
    }

    /// Indexes every publication. What changes meanwhile is in the log behind the mark, and is read again.
    async fn rebuild(&mut self) -> anyhow::Result<()> {
        let total = self.db.system(async |tx| store::count(tx).await).await?;
        let progress = ProgressBar::new(u64::try_from(total).unwrap_or(0));
        block_in_place(|| self.file.clear())?;
        let mut after = None;
        loop {
            let (ids, records) = batch(&self.db, after).await?;
            let Some(&last) = ids.last() else { break };
            progress.inc(u64::try_from(ids.len()).unwrap_or(0));
            block_in_place(|| self.file.put(&[], &records))?;
            after = Some(last);
        }
        block_in_place(|| self.file.commit(&self.mark))?;
        progress.finish_and_clear();
        tracing::info!(publications = self.file.engine.size(), "index rebuilt");
        Ok(())
    }
}

async fn batch(db: &Db, after: Option<ProjectId>) -> Result<(Vec<ProjectId>, Vec<Record>)> {
    db.system(async |tx| {
        let ids = store::ids(tx, after, BATCH).await?;
        let records = store::records(tx, &ids).await?;
        Ok((ids, records))
    })
    .await
}

/// Builds the index anew from the record.
///
/// # Errors
/// When a server uses the index, the database is unreachable, or the data folder cannot be written.
pub async fn rebuild(db: Db, data: &Path) -> anyhow::Result<()> {
    let mut follower = Follower::start(db, data, Arc::new(PublicationCache::default())).await?;
    follower.rebuild().await
}

/// Compares the index with the record: one line for each difference.
///
/// # Errors
/// As [`rebuild`].
pub async fn verify(db: Db, data: &Path) -> anyhow::Result<String> {
    let follower = Follower::start(db.clone(), data, Arc::new(PublicationCache::default())).await?;
    let mut indexed = follower.file.engine.contents()?;
    let mut report = String::new();
    let mut after = None;
    loop {
        let (ids, records) = batch(&db, after).await?;
        let Some(&last) = ids.last() else { break };
        compare(&records, &mut indexed, &mut report)?;
        after = Some(last);
    }
    for (id, held) in indexed {
        writeln!(report, "{id}: the index holds {held}, the record nothing")?;
    }
    Ok(report)
}

fn compare(
    records: &[Record],
    indexed: &mut BTreeMap<ProjectId, String>,
    report: &mut String,
) -> anyhow::Result<()> {
    for record in records {
        let expected = format!("version {} for {}", record.version, record.audience.code());
        let held = indexed.remove(&record.id);
        if held.as_ref() != Some(&expected) {
            let held = held.as_deref().unwrap_or("nothing");
            writeln!(report, "{}: the record holds {expected}, the index {held}", record.id)?;
        }
    }
    Ok(())
}
