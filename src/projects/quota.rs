//! How many projects a municipality may have.

use std::time::{Duration, Instant};

use quick_cache::sync::Cache;

use super::store;
use crate::platform::{
    db::TenantTx,
    error::{Code, Error, Result},
    id::MunicipalityId,
};

/// How long a count is believed: a municipality can be over its quota by what it makes in that time on other nodes.
const AGE: Duration = Duration::from_mins(1);
const MUNICIPALITIES: usize = 1000;

/// The quota of every municipality, and what was last counted of it.
pub struct ProjectQuota {
    most: i64,
    counted: Cache<MunicipalityId, (i64, Instant)>,
}

impl ProjectQuota {
    /// 0 for no limit.
    pub fn new(most: u32) -> Self {
        Self { most: most.into(), counted: Cache::new(MUNICIPALITIES) }
    }

    /// Whether there is room for one more.
    ///
    /// # Errors
    /// 409 `too-many` when there is none.
    pub async fn check(&self, tx: &TenantTx<'_>) -> Result<()> {
        if self.most == 0 {
            return Ok(());
        }
        let known = self.counted.get(&tx.municipality()).filter(|(_, at)| at.elapsed() < AGE);
        // Nobody is refused by a count that may be old: drafts are deleted, and what was counted may have failed.
        let known = known.filter(|(count, _)| *count < self.most);
        let (count, at) = match known {
            Some(known) => known,
            None => (store::count(tx).await?, Instant::now()),
        };
        if count >= self.most {
            let detail = format!("A municipality has {} projects at most. Delete drafts.", self.most);
            return Err(Error::new(Code::TooMany, detail));
        }
        self.counted.insert(tx.municipality(), (count + 1, at));
        Ok(())
    }
}
