//! New keys in time, and old ones gone when nothing that they signed is valid any more.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{BuiltIn, claims::LIFETIME, key::SealedKey, key_store};
use crate::platform::{audit::Entry, clock::Clock, db::SystemTx, error::Result};

/// How old a key gets before it is replaced.
const AGE: TimeDelta = TimeDelta::days(30);
/// How long a key is published before it signs: longer than nodes take to read it.
const LEAD: TimeDelta = TimeDelta::seconds(20);
const EVERY: Duration = Duration::from_mins(1);

/// Makes the first key, if there is none, and replaces one that is old.
///
/// # Errors
/// When the record cannot be written.
pub async fn rotate_when_due(issuer: &BuiltIn) -> Result<()> {
    issuer.db.system(async |tx| when_due(tx, issuer, Clock.now()).await).await
}

/// Replaces keys when they are old, for ever. Any number of nodes may run this.
pub async fn rotate(issuer: BuiltIn) {
    loop {
        if let Err(cause) = rotate_when_due(&issuer).await {
            tracing::error!(%cause, "the keys of the built-in issuer were not rotated");
        }
        tokio::time::sleep(EVERY).await;
    }
}

async fn when_due(tx: &SystemTx<'_>, issuer: &BuiltIn, now: DateTime<Utc>) -> Result<()> {
    key_store::take_turn(tx).await?;
    // A node with another key file must not make keys that the others cannot open.
    if let Some(key) = key_store::signing(tx, now).await? {
        key.opens(&issuer.vault)?;
    }
    match key_store::newest(tx).await? {
        // Nobody waits for the first to be known.
        None => add_by_itself(tx, issuer, (now, now)).await?,
        Some((made, _)) if made < now - AGE => add_by_itself(tx, issuer, (now, now + LEAD)).await?,
        Some(_) => {}
    }
    key_store::forget(tx, now - LIFETIME * 2).await?;
    Ok(())
}

/// Makes a key that signs as soon as every node knows it; says when. A key that is still waiting is that key.
pub(super) async fn make_next(
    tx: &SystemTx<'_>,
    issuer: &BuiltIn,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>> {
    key_store::take_turn(tx).await?;
    if let Some((_, waiting)) = key_store::newest(tx).await?.filter(|(_, from)| *from > now) {
        return Ok(waiting);
    }
    add(tx, issuer, (now, now + LEAD)).await?;
    Ok(now + LEAD)
}

/// Drops a key, and makes one that signs at once unless another does.
pub(super) async fn replace(tx: &SystemTx<'_>, issuer: &BuiltIn, id: &str, now: DateTime<Utc>) -> Result<()> {
    key_store::take_turn(tx).await?;
    key_store::drop(tx, id).await?;
    tx.trail().before(&id);
    if key_store::signing(tx, now).await?.is_none() {
        return add(tx, issuer, (now, now)).await;
    }
    tx.trail().gone();
    Ok(())
}

async fn add(tx: &SystemTx<'_>, issuer: &BuiltIn, times: (DateTime<Utc>, DateTime<Utc>)) -> Result<()> {
    let key = SealedKey::make(&issuer.vault)?;
    tracing::info!(key = key.id, "the built-in issuer has a new key");
    tx.trail().after(&key.public);
    key_store::insert(tx, &key, times).await
}

/// As [`add`], where nobody asked for it.
async fn add_by_itself(
    tx: &SystemTx<'_>,
    issuer: &BuiltIn,
    times: (DateTime<Utc>, DateTime<Utc>),
) -> Result<()> {
    add(tx, issuer, times).await?;
    tx.trail().tell(Entry::by_service("the service", "a new signing key", times.0));
    Ok(())
}
