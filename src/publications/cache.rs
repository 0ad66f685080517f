//! What anybody may read, kept rendered in memory. Only what an anonymous transaction was shown gets in here, so
//! row level security decided it; readers with a token always ask the record.

use std::sync::Arc;

use actix_web::web::Bytes;
use quick_cache::{Weighter, sync::Cache};

use crate::platform::{error::Result, id::ProjectId};

/// Bytes of JSON that are kept, at most.
const CAPACITY: u64 = 16 * 1024 * 1024;

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
pub struct PublicationCache(Cache<ProjectId, Cached, BySize>);

impl Default for PublicationCache {
    fn default() -> Self {
        Self(Cache::with_weighter(10_000, CAPACITY, BySize))
    }
}

impl PublicationCache {
    /// The cached publication, or `load`ed once however many ask. One that was forgotten while it was being
    /// loaded is answered but not kept: its placeholder is gone.
    pub(super) async fn get(
        &self,
        id: ProjectId,
        load: impl Future<Output = Result<Cached>>,
    ) -> Result<Cached> {
        self.0.get_or_insert_async(&id, load).await
    }

    /// Drops a publication that changed, or whose origins did.
    pub fn forget(&self, id: ProjectId) {
        self.0.remove(&id);
    }
}
