//! Keeping the trail from growing for ever: what is too old is dropped, and a checkpoint stays in its place.

use std::time::Duration;

use chrono::TimeDelta;

use super::store::{self, Head};
use crate::platform::{
    clock::Clock,
    db::{Db, SystemTx},
    error::Result,
};

/// Entries that are dropped at once, at most.
const BATCH: i64 = 5000;
const DAY: Duration = Duration::from_hours(24);
/// Whose turn it is.
const TURN: i64 = 28_346;

/// Drops what is older than `keep`, now and then daily, for ever.
pub async fn drop_daily(db: Db, keep: TimeDelta) {
    loop {
        if let Err(cause) = drop_old(&db, keep).await {
            tracing::warn!(%cause, "the audit trail was not shortened, trying again in a day");
        }
        tokio::time::sleep(DAY).await;
    }
}

async fn drop_old(db: &Db, keep: TimeDelta) -> Result<()> {
    for chain in db.system(async |tx| store::chains(tx).await).await? {
        while db.system(async |tx| shorten(tx, &chain, keep).await).await? > 0 {}
    }
    Ok(())
}

/// Drops the oldest entries of a chain; says how many. The checkpoint and what lies behind it change together.
async fn shorten(tx: &SystemTx<'_>, chain: &str, keep: TimeDelta) -> Result<usize> {
    tx.take_turn(TURN).await?;
    let Some(head) = store::heads(tx, &[chain.to_owned()].into()).await?.remove(chain) else { return Ok(0) };
    let from = (chain, head.dropped_through);
    let Some((position, hash)) = store::old_after(tx, from, Clock.now() - keep, BATCH).await? else {
        return Ok(0);
    };
    let head = Head { dropped_through: position, dropped_hash: hash, ..head };
    store::write_heads(tx, &[head]).await?;
    store::drop_through(tx, chain, position).await
}
