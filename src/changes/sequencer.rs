//! The one that gives positions.

use std::time::Duration;

use super::store;
use crate::platform::{db::Db, error::Result};

/// How often the sequencer looks. A look at an empty partial index costs next to nothing, while a notification by
/// every writer would make their commits wait for each other: it nearly halved publishing.
const INTERVAL: Duration = Duration::from_millis(100);
/// How long it waits after a failure, besides.
const BACKOFF: Duration = Duration::from_secs(2);
const BATCH: i64 = 1000;

/// Gives positions for ever. Any number of nodes may run this; one at a time does the work.
pub async fn sequence(db: Db) {
    loop {
        if let Err(cause) = drain(&db).await {
            tracing::warn!(%cause, "sequencing failed, trying again");
            tokio::time::sleep(BACKOFF).await;
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

async fn drain(db: &Db) -> Result<()> {
    while db.system(async |tx| store::assign_positions(tx, BATCH).await).await? > 0 {}
    Ok(())
}
