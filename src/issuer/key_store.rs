//! The table `signing_key`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;

use super::key::SealedKey;
use crate::platform::{
    db::{SystemTx, schema::signing_key},
    error::{Error, Result},
};

/// Whose turn it is: one node makes a key.
const TURN: i64 = 28_347;

pub(super) async fn take_turn(tx: &SystemTx<'_>) -> Result<()> {
    tx.take_turn(TURN).await
}

/// When the newest key was made, and when it begins to sign.
pub(super) async fn newest(tx: &SystemTx<'_>) -> Result<Option<(DateTime<Utc>, DateTime<Utc>)>> {
    let newest = signing_key::table.order(signing_key::created_at.desc());
    let newest = newest.select((signing_key::created_at, signing_key::signs_from));
    Ok(newest.first(&mut tx.conn()).await.optional()?)
}

pub(super) async fn insert(
    tx: &SystemTx<'_>,
    key: &SealedKey,
    (now, signs_from): (DateTime<Utc>, DateTime<Utc>),
) -> Result<()> {
    let row = (
        signing_key::id.eq(&key.id),
        signing_key::public.eq(serde_json::to_value(&key.public).map_err(anyhow::Error::from)?),
        signing_key::sealed.eq(&key.sealed),
        signing_key::created_at.eq(now),
        signing_key::signs_from.eq(signs_from),
    );
    diesel::insert_into(signing_key::table).values(row).execute(&mut tx.conn()).await?;
    Ok(())
}

/// The key that signs now.
pub(super) async fn signing(tx: &SystemTx<'_>, now: DateTime<Utc>) -> Result<Option<SealedKey>> {
    let ready =
        signing_key::table.filter(signing_key::signs_from.le(now)).order(signing_key::signs_from.desc());
    let ready = ready.select((signing_key::id, signing_key::public, signing_key::sealed));
    let found: Option<(String, Value, Vec<u8>)> = ready.first(&mut tx.conn()).await.optional()?;
    let sealed = |(id, public, sealed)| {
        Ok(SealedKey { id, public: serde_json::from_value(public).map_err(anyhow::Error::from)?, sealed })
    };
    found.map(sealed).transpose()
}

/// A key as the operator sees it: its id, when it was made, and when it begins to sign.
pub(super) type Listed = (String, DateTime<Utc>, DateTime<Utc>);

/// The public keys and their times, newest first.
pub(super) async fn all(tx: &SystemTx<'_>) -> Result<Vec<(Listed, Value)>> {
    let keys = signing_key::table.order(signing_key::created_at.desc());
    let listed = (signing_key::id, signing_key::created_at, signing_key::signs_from);
    Ok(keys.select((listed, signing_key::public)).load(&mut tx.conn()).await?)
}

/// Forgets keys whose successor has signed since before `time`: nothing that they signed is valid any more.
pub(super) async fn forget(tx: &SystemTx<'_>, time: DateTime<Utc>) -> Result<usize> {
    let signs = signing_key::table.filter(signing_key::signs_from.le(time));
    let successor = signs.select(diesel::dsl::max(signing_key::signs_from));
    let successor: Option<DateTime<Utc>> = successor.get_result(&mut tx.conn()).await?;
    let Some(successor) = successor else { return Ok(0) };
    let old = signing_key::table.filter(signing_key::signs_from.lt(successor));
    Ok(diesel::delete(old).execute(&mut tx.conn()).await?)
}

pub(super) async fn drop(tx: &SystemTx<'_>, id: &str) -> Result<()> {
    match diesel::delete(signing_key::table.find(id)).execute(&mut tx.conn()).await? {
        0 => Err(Error::not_found()),
        _ => Ok(()),
    }
}
