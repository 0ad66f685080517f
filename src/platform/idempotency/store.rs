//! The table `idempotent_answer`.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Attempt;
use crate::platform::{
    db::{Scope, SystemTx, Tx, schema::idempotent_answer},
    error::Result,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = idempotent_answer, check_for_backend(diesel::pg::Pg))]
#[diesel(treat_none_as_default_value = false)]
pub(super) struct Kept {
    pub(super) request_hash: Vec<u8>,
    pub(super) status: i16,
    pub(super) location: Option<String>,
    pub(super) etag: Option<String>,
    pub(super) body: Vec<u8>,
}

/// Whether nobody else is answering the same request; nobody will be until this transaction ends.
pub(super) async fn claim<S: Scope>(tx: &Tx<'_, S>, attempt: &Attempt) -> Result<bool> {
    let named = [&attempt.holder, &attempt.client, &attempt.route].map(String::as_bytes).join(&b'\n');
    let hash =
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &[&named, &attempt.key_hash[..]].concat());
    let first: [u8; 8] = hash.as_ref().first_chunk().copied().unwrap_or_default();
    tx.try_turn(i64::from_be_bytes(first)).await
}

pub(super) async fn find<S: Scope>(tx: &Tx<'_, S>, attempt: &Attempt) -> Result<Option<Kept>> {
    use idempotent_answer::dsl;
    let key = (attempt.holder.as_str(), attempt.client.as_str(), attempt.route.as_str(), &attempt.key_hash);
    Ok(dsl::idempotent_answer.find(key).select(Kept::as_select()).first(&mut tx.conn()).await.optional()?)
}

pub(super) async fn keep<S: Scope>(
    tx: &Tx<'_, S>,
    attempt: &Attempt,
    kept: &Kept,
    now: DateTime<Utc>,
) -> Result<()> {
    use idempotent_answer::dsl;
    let key = (
        dsl::holder.eq(&attempt.holder),
        dsl::client.eq(&attempt.client),
        dsl::route.eq(&attempt.route),
        dsl::key_hash.eq(&attempt.key_hash),
        dsl::answered_at.eq(now),
    );
    diesel::insert_into(dsl::idempotent_answer).values((key, kept)).execute(&mut tx.conn()).await?;
    Ok(())
}

/// Forgets answers that are a day old.
pub(super) async fn clear(tx: &SystemTx<'_>, now: DateTime<Utc>) -> Result<usize> {
    use idempotent_answer::dsl;
    let old = dsl::answered_at.lt(now - TimeDelta::days(1));
    Ok(diesel::delete(dsl::idempotent_answer.filter(old)).execute(&mut tx.conn()).await?)
}
