//! The one that puts entries into their chains.
//!
//! Afterwards, because a writer that had to know the hash before its own would wait for every other writer of its
//! municipality to commit. What is written and not sealed yet, a second's worth, is guarded by the rights of the tables alone.

use std::time::Duration;

use super::{
    model::AuditEntry,
    store::{self, Head, Pending},
};
use crate::platform::{
    db::{Db, SystemTx},
    error::Result,
    hex::hex,
};

const INTERVAL: Duration = Duration::from_millis(500);
/// How long it waits after a failure, besides.
const BACKOFF: Duration = Duration::from_secs(2);
const BATCH: i64 = 1000;
/// Whose turn it is: one sealer at a time, whatever the number of nodes.
const TURN: i64 = 28_346;

/// Seals for ever. Any number of nodes may run this; one at a time does the work.
pub async fn seal(db: Db) {
    loop {
        match db.system(async |tx| seal_some(tx).await).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(cause) => {
                tracing::warn!(%cause, "sealing the audit trail failed, trying again");
                tokio::time::sleep(BACKOFF).await;
            }
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Whether there is more.
async fn seal_some(tx: &SystemTx<'_>) -> Result<bool> {
    if !tx.try_turn(TURN).await? {
        return Ok(false);
    }
    let pending = store::take_pending(tx, BATCH).await?;
    if pending.is_empty() {
        return Ok(false);
    }
    let more = i64::try_from(pending.len()).is_ok_and(|taken| taken == BATCH);
    let chains = pending.iter().map(|pending| pending.chain.clone()).collect();
    let mut heads = store::heads(tx, &chains).await?;
    let entries = pending.into_iter().map(|Pending { chain, entry, .. }| {
        let entry = AuditEntry::read(&entry).unwrap_or_else(|| AuditEntry::unreadable(&entry));
        seal_behind(heads.entry(chain.clone()).or_default(), AuditEntry { chain, ..entry })
    });
    store::place(tx, &entries.collect::<Vec<_>>()).await?;
    store::write_heads(tx, &heads.into_values().collect::<Vec<_>>()).await?;
    Ok(more)
}

/// The entry as the last of its chain, with its hash.
fn seal_behind(head: &mut Head, mut entry: AuditEntry) -> AuditEntry {
    head.chain.clone_from(&entry.chain);
    head.position += 1;
    entry.position = head.position;
    head.hash = entry.hash_after(&head.hash);
    entry.hash = Some(hex(&head.hash));
    entry
}
