//! What anybody may read, kept rendered in memory. Only what an anonymous transaction was shown gets in here, so
//! row level security decided it; readers with a token always ask the record.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::web::Bytes;
use arc_swap::{ArcSwap, ArcSwapOption};
use quick_cache::{Weighter, sync::Cache};

use crate::platform::{directory::Directory, error::Result, id::ProjectId};

/// Bytes of JSON that are kept, at most.
const CAPACITY: u64 = 16 * 1024 * 1024;

/// How long what is kept may be shown without having looked for changes.
const FRESH: Duration = Duration::from_secs(10);

/// A publication as everybody sees it.
#[derive(Clone)]
pub(super) struct Cached {
    pub(super) body: Bytes,
    pub(super) etag: Arc<str>,
}

#[derive(Clone)]
struct BySize;

impl Weighter<ProjectId, Cached> for BySize {
    fn weight(&self, _: &ProjectId, cached: &Cached) -> u64 {
        u64::try_from(cached.body.len()).unwrap_or(u64::MAX)
    }
}

/// The rendered publications of one node.
pub struct PublicationCache {
    kept: Cache<ProjectId, Cached, BySize>,
    /// When the change log was last read to its end.
    confirmed: ArcSwap<Instant>,
    /// By whose names of municipalities they were rendered.
    directory: ArcSwapOption<Directory>,
}

impl Default for PublicationCache {
    fn default() -> Self {
        let kept = Cache::with_weighter(10_000, CAPACITY, BySize);
        Self { kept, confirmed: ArcSwap::from_pointee(Instant::now()), directory: ArcSwapOption::empty() }
    }
}

impl PublicationCache {
    /// The cached publication, or `load`ed once however many ask. One that was forgotten while it was being
    /// loaded is answered but not kept: its placeholder is gone.
    pub(super) async fn get(
        &self,
        id: ProjectId,
        directory: &Arc<Directory>,
        load: impl Future<Output = Result<Cached>>,
    ) -> Result<Cached> {
        if self.directory.load().as_ref().is_none_or(|known| !Arc::ptr_eq(known, directory)) {
            self.directory.store(Some(directory.clone()));
            self.clear();
        }
        if !self.is_fresh() {
            return load.await;
        }
        self.kept.get_or_insert_async(&id, load).await
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.kept.clear();
    }

    /// Says that nothing changed which is not forgotten yet.
    pub fn confirm(&self) {
        self.confirmed.store(Arc::new(Instant::now()));
    }

    /// Whether this node keeps up with the change log. Without a database it cannot know of a withdrawal, so what
    /// it keeps is not shown for longer than ten seconds.
    pub fn is_fresh(&self) -> bool {
        self.confirmed.load().elapsed() < FRESH
    }

    /// Drops a publication that changed, or whose origins did.
    pub fn forget(&self, id: ProjectId) {
        self.kept.remove(&id);
    }
}
