//! Parts of a quota, taken from the record a tenth of what is left at a time: exact over all nodes, and seldom a query.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use quick_cache::sync::Cache;
use tokio::{sync::Mutex, time::timeout};

use super::store;
use crate::platform::{
    clock::Clock,
    db::Db,
    error::{Code, Error, Result},
};

/// How many buckets a node remembers; one that is forgotten loses what it had leased, which is a tenth at most.
const BUCKETS: usize = 20_000;

/// How long a lease may take before it is granted unseen.
const PATIENCE: Duration = Duration::from_millis(500);

pub struct Leases {
    db: Db,
    window: i64,
    buckets: Cache<String, Arc<Mutex<Bucket>>>,
}

/// What this node has of a quota in a window.
#[derive(Default)]
struct Bucket {
    window: i64,
    /// Leased, and not used yet.
    left: u32,
    /// What no node has leased, when it was last seen.
    free: u32,
    spent: bool,
}

/// What is left, for the headers (draft-ietf-httpapi-ratelimit-headers).
#[derive(Clone, Debug)]
pub struct Taken {
    /// Whose quota it is: `client` or `municipality`.
    pub policy: String,
    pub quota: u32,
    pub left: u32,
    /// Seconds until there is a full quota again.
    pub reset: i64,
    pub window: i64,
    bucket: Arc<Mutex<Bucket>>,
}

impl std::fmt::Debug for Bucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} left", self.left)
    }
}

impl Taken {
    /// Gives a request back that cost nothing.
    pub async fn give_back(&self) {
        self.bucket.lock().await.left += 1;
    }
}

impl Leases {
    pub(super) fn new(db: Db, window: Duration) -> Self {
        let window = i64::try_from(window.as_secs().max(1)).unwrap_or(60);
        Self { db, window, buckets: Cache::new(BUCKETS) }
    }

    pub(super) async fn take(&self, name: &str, quota: u32) -> Result<Taken> {
        let shared = self.buckets.get_or_insert_with(name, || Ok::<_, Error>(Arc::default()))?;
        let mut bucket = shared.lock().await;
        let now = Clock.now().timestamp();
        let start = now - now.rem_euclid(self.window);
        if bucket.window != start {
            *bucket = Bucket { window: start, ..Bucket::default() };
        }
        let reset = start + self.window - now;
        if bucket.left == 0 && !bucket.spent {
            self.lease(name, quota, &mut bucket).await;
        }
        if bucket.left == 0 {
            let of = name.split(' ').next().unwrap_or_default();
            return Err(
                Error::new(Code::RateLimited, format!("The quota of the {of} is spent.")).after(reset)
            );
        }
        bucket.left -= 1;
        let left = bucket.left + bucket.free;
        let policy = name.split(' ').next().unwrap_or_default().to_owned();
        Ok(Taken { policy, quota, left, reset, window: self.window, bucket: shared.clone() })
    }

    async fn lease(&self, name: &str, quota: u32, bucket: &mut Bucket) {
        let Some(start) = DateTime::<Utc>::from_timestamp(bucket.window, 0) else { return };
        let quota_rows = i32::try_from(quota).unwrap_or(i32::MAX);
        let lease = self.db.system(async |tx| store::lease(tx, (name, start), quota_rows).await);
        match timeout(PATIENCE, lease)
            .await
            .unwrap_or_else(|_late| Err(Error::new(Code::Unavailable, "It took too long.")))
        {
            Ok((granted, taken)) => {
                bucket.left = u32::try_from(granted).unwrap_or_default();
                bucket.free = quota.saturating_sub(u32::try_from(taken).unwrap_or_default());
                bucket.spent = bucket.left == 0;
            }
            // Without the record a limit would refuse everybody; what needs it finds out for itself, and what does not
            // is not kept waiting for the next lease.
            Err(cause) => {
                tracing::warn!(%cause, "a quota could not be leased");
                bucket.left = (quota / 10).max(1);
            }
        }
    }

    /// Forgets windows that are past.
    pub(super) async fn clear(&self) {
        let past = Clock.now() - chrono::TimeDelta::seconds(2 * self.window);
        if let Err(cause) = self.db.system(async |tx| store::clear(tx, past).await).await {
            tracing::warn!(%cause, "past windows were not cleared");
        }
    }
}
