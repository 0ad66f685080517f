//! The one that gives positions.

use std::{sync::Arc, time::Duration};

use tokio::sync::Notify;

use super::store;
use crate::platform::{db::Db, error::Result};

/// How long the sequencer sleeps when nobody wakes it: the bound on what a lost notification costs.
const NAP: Duration = Duration::from_millis(500);
const BATCH: i64 = 1000;

/// Gives positions for ever. Any number of nodes may run this; one at a time does the work.
pub async fn sequence(db: Db, wake: Arc<Notify>) {
    loop {
        if let Err(cause) = drain(&db).await {
            tracing::warn!(%cause, "sequencing failed, trying again");
        }
        tokio::select! {
            () = wake.notified() => {}
            () = tokio::time::sleep(NAP) => {}
        }
    }
}

async fn drain(db: &Db) -> Result<()> {
    while db.system(async |tx| store::assign_positions(tx, BATCH).await).await? > 0 {}
    Ok(())
}
