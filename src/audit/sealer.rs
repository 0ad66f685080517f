//! The one that puts entries into their chains.
//!
//! Afterwards, because a writer that had to know the hash before its own would wait for every other writer of its
//! municipality to commit. What is written and not sealed yet, a second's worth, is guarded by the rights of the tables alone.

use std::{collections::BTreeMap, time::Duration};

use super::{
    model::AuditEntry,
    store::{self, Head},
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
    let open = store::unsealed(tx, BATCH).await?;
    if open.is_empty() {
        return Ok(false);
    }
    let more = i64::try_from(open.len()).is_ok_and(|sealed| sealed == BATCH);
    let mut heads = store::heads(tx, &open.iter().map(|row| row.chain.clone()).collect()).await?;
    let mut placed = Vec::with_capacity(open.len());
    for row in open {
        let id = row.id;
        let head = next(&mut heads, row.into());
        placed.push((id, head.position, head.hash.clone()));
    }
    store::place(tx, &placed).await?;
    store::write_heads(tx, &heads.into_values().collect::<Vec<_>>()).await?;
    Ok(more)
}

/// The head of an entry's chain, once the entry is its last.
fn next(heads: &mut BTreeMap<String, Head>, mut entry: AuditEntry) -> &Head {
    let head = heads.entry(entry.chain.clone()).or_default();
    head.chain.clone_from(&entry.chain);
    head.position += 1;
    entry.position = head.position;
    head.hash = entry.hash_after(&head.hash);
    head
}
