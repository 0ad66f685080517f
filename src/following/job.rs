//! The one that tells.

use std::time::Duration;

use chrono::TimeDelta;

use super::store;
use crate::platform::{clock::Clock, db::Db, error::Result};

/// How often the log is looked at.
const INTERVAL: Duration = Duration::from_millis(500);
/// How long the job waits after a failure, besides.
const BACKOFF: Duration = Duration::from_secs(1);
/// How many rounds pass between two looks for what is too old.
const SWEEP: u32 = 7_200;

/// Tells for ever, and forgets what is older than `keep`. Any number of nodes may run this; one at a time does the work.
pub async fn tell(db: Db, keep: TimeDelta) {
    for round in (0..SWEEP).cycle() {
        let told = async {
            drain(&db).await?;
            if round == 0 { sweep(&db, keep).await } else { Ok(()) }
        };
        if let Err(cause) = told.await {
            tracing::warn!(%cause, "notifying failed, trying again");
            tokio::time::sleep(BACKOFF).await;
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

async fn drain(db: &Db) -> Result<()> {
    while db.system(async |tx| store::tell_more(tx).await).await? {}
    Ok(())
}

async fn sweep(db: &Db, keep: TimeDelta) -> Result<()> {
    let before = Clock.now() - keep;
    while db.system(async |tx| store::forget(tx, before).await).await? > 0 {}
    Ok(())
}
