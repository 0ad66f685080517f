//! The one that puts entries into their chains.
//!
//! Afterwards, because a writer that had to know the hash before its own would wait for every other writer of its
//! municipality to commit. What is written and not sealed yet, a second's worth, is guarded by the rights of the tables alone.

use std::time::Duration;

use super::{
    model::{AuditEntry, hash_after},
    store::{self, Head, Pending, Sealed},
};
use crate::platform::{
    db::{Db, SystemTx},
    error::Result,
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
    let mut sealed = Sealed::default();
    for Pending { chain, entry, .. } in pending {
        let entry = AuditEntry::read(&entry).unwrap_or_else(|| AuditEntry::unreadable(&entry));
        let head = heads.entry(chain.clone()).or_default();
        seal_behind(head, AuditEntry { chain, ..entry }, &mut sealed);
    }
    store::place(tx, sealed).await?;
    store::write_heads(tx, &heads.into_values().collect::<Vec<_>>()).await?;
    Ok(more)
}

/// The entry becomes the last of its chain.
fn seal_behind(head: &mut Head, entry: AuditEntry, sealed: &mut Sealed) {
    head.position += 1;
    let entry = AuditEntry { position: head.position, ..entry };
    let text = entry.text();
    head.hash = hash_after(&head.hash, &text);
    head.chain.clone_from(&entry.chain);
    sealed.chains.push(entry.chain);
    sealed.positions.push(head.position);
    sealed.hashes.push(head.hash.clone());
    sealed.texts.push(text);
}
