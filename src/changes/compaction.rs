//! Keeping the log from growing for ever.

use std::time::Duration;

use chrono::TimeDelta;

use super::store;
use crate::platform::{clock::Clock, db::Db, error::Result};

const DAY: Duration = Duration::from_hours(24);

/// Drops what is older than `keep`, now and then daily, for ever. Any number of nodes may run this: the entries go
/// once, and looking costs next to nothing.
pub async fn compact_daily(db: Db, keep: TimeDelta) {
    loop {
        if let Err(cause) = drain(&db, keep).await {
            tracing::warn!(%cause, "the change log was not compacted, trying again in a day");
        }
        tokio::time::sleep(DAY).await;
    }
}

async fn drain(db: &Db, keep: TimeDelta) -> Result<()> {
    let since = Clock.now() - keep;
    while db.system(async |tx| store::compact(tx, since).await).await? > 0 {}
    Ok(())
}
