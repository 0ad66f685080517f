//! The tables `audit_entry` and `audit_head`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Binary, Text},
};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use serde_json::json;

use super::model::{AuditEntry, AuditQuery};
use crate::platform::{
    db::{
        Scope, SystemTx, Tx, prepared,
        schema::{audit_entry, audit_head, audit_pending},
    },
    error::Result,
    hex::hex,
};

/// A sealed entry: its place, its hash and its text.
type EntryRow = (i64, Vec<u8>, String);

const ENTRY: (audit_entry::position, audit_entry::hash, audit_entry::entry) =
    (audit_entry::position, audit_entry::hash, audit_entry::entry);

fn read(chain: &str, (position, hash, text): EntryRow) -> AuditEntry {
    let unreadable = || AuditEntry { chain: chain.to_owned(), ..AuditEntry::unreadable(text.as_bytes()) };
    let entry = AuditEntry::sealed_at(position, &text).unwrap_or_else(unreadable);
    AuditEntry { position, hash: Some(hex(&hash)), ..entry }
}

/// Where a chain ends, and where it begins since its oldest entries were dropped.
#[derive(Clone, Debug, Default, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = audit_head, check_for_backend(diesel::pg::Pg))]
pub(super) struct Head {
    pub(super) chain: String,
    pub(super) position: i64,
    pub(super) hash: Vec<u8>,
    pub(super) dropped_through: i64,
    pub(super) dropped_hash: Vec<u8>,
}

/// An entry that is not in its chain yet, as JSON.
#[derive(Queryable)]
pub(super) struct Pending {
    id: i64,
    pub(super) chain: String,
    pub(super) entry: Vec<u8>,
}

/// Takes entries that are not in their chains yet, in the order of writing. Deleted by their ids: a subquery is planned as if the
/// table were as small as it mostly is, and reads all that was deleted before.
pub(super) async fn take_pending(tx: &SystemTx<'_>, limit: i64) -> Result<Vec<Pending>> {
    let pending = audit_pending::table.order(audit_pending::id).limit(limit);
    let pending: Vec<Pending> = pending.load(&mut tx.conn()).await?;
    let ids: Vec<i64> = pending.iter().map(|pending| pending.id).collect();
    diesel::delete(audit_pending::table.filter(audit_pending::id.eq_any(ids)))
        .execute(&mut tx.conn())
        .await?;
    Ok(pending)
}

pub(super) async fn heads<S: Scope>(
    tx: &Tx<'_, S>,
    chains: &BTreeSet<String>,
) -> Result<BTreeMap<String, Head>> {
    let known = audit_head::table.filter(audit_head::chain.eq_any(chains)).select(Head::as_select());
    let known: Vec<Head> = known.load(&mut tx.conn()).await?;
    Ok(known.into_iter().map(|head| (head.chain.clone(), head)).collect())
}

#[derive(QueryableByName)]
struct Chain {
    #[diesel(sql_type = Text)]
    chain: String,
}

/// The names of all chains that have an entry or an end: from one to the next by the key, not over all entries.
#[expect(clippy::disallowed_methods, reason = "a recursive query has no form in diesel")]
pub(super) async fn chains(tx: &SystemTx<'_>) -> Result<BTreeSet<String>> {
    let chains = diesel::sql_query(
        "WITH RECURSIVE named AS ( \
             (SELECT chain FROM audit_entry ORDER BY chain LIMIT 1) UNION ALL \
             SELECT (SELECT chain FROM audit_entry WHERE audit_entry.chain > named.chain ORDER BY chain LIMIT 1) \
             FROM named WHERE named.chain IS NOT NULL) \
         SELECT chain FROM named WHERE chain IS NOT NULL UNION SELECT chain FROM audit_head",
    );
    let chains: Vec<Chain> = chains.load(&mut tx.conn()).await?;
    Ok(chains.into_iter().map(|Chain { chain }| chain).collect())
}

/// How many entries stand where none can: before the checkpoint, or before the first place.
pub(super) async fn misplaced(tx: &SystemTx<'_>, chain: &str, dropped_through: i64) -> Result<i64> {
    let there = audit_entry::chain.eq(chain).and(audit_entry::position.le(dropped_through));
    Ok(audit_entry::table.filter(there).count().get_result(&mut tx.conn()).await?)
}

/// Entries with their places, hashes and texts: a column each, because a value for each of thousands would take longer to plan
/// than to write.
#[derive(Default)]
pub(super) struct Sealed {
    pub(super) chains: Vec<String>,
    pub(super) positions: Vec<i64>,
    pub(super) hashes: Vec<Vec<u8>>,
    pub(super) texts: Vec<String>,
}

#[expect(clippy::disallowed_methods, reason = "rows of arrays have no form in diesel")]
pub(super) async fn place(tx: &SystemTx<'_>, sealed: Sealed) -> Result<()> {
    let Sealed { chains, positions, hashes, texts } = sealed;
    let place = diesel::sql_query(
        "INSERT INTO audit_entry (chain, position, hash, entry) SELECT * FROM unnest($1, $2, $3, $4)",
    );
    let place = place.bind::<Array<Text>, _>(chains).bind::<Array<BigInt>, _>(positions);
    let place = place.bind::<Array<Binary>, _>(hashes).bind::<Array<Text>, _>(texts);
    prepared(place).execute(&mut tx.conn()).await?;
    Ok(())
}

pub(super) async fn write_heads(tx: &SystemTx<'_>, heads: &[Head]) -> Result<()> {
    for head in heads {
        let upsert = diesel::insert_into(audit_head::table).values(head);
        let upsert = upsert.on_conflict(audit_head::chain).do_update().set(head);
        prepared(upsert).execute(&mut tx.conn()).await?;
    }
    Ok(())
}

/// A chain in order, behind a position.
pub(super) async fn after<S: Scope>(
    tx: &Tx<'_, S>,
    chain: &str,
    position: i64,
    limit: i64,
) -> Result<Vec<AuditEntry>> {
    let query =
        audit_entry::table.filter(audit_entry::chain.eq(chain).and(audit_entry::position.gt(position)));
    let query = query.order(audit_entry::position).limit(limit).select(ENTRY);
    let rows: Vec<EntryRow> = query.load(&mut tx.conn()).await?;
    Ok(rows.into_iter().map(|row| read(chain, row)).collect())
}

/// A chain from its newest entry, or behind `before`.
pub(super) async fn page<S: Scope>(
    tx: &Tx<'_, S>,
    chain: &str,
    query: &AuditQuery,
    before: Option<i64>,
) -> Result<Vec<AuditEntry>> {
    let within = audit_entry::position.lt(before.unwrap_or(i64::MAX)).and(audit_entry::position.gt(0));
    let mut rows =
        audit_entry::table.filter(audit_entry::chain.eq(chain.to_owned()).and(within)).into_boxed();
    let wanted = [
        query.outcome.map(|outcome| member("outcome", outcome)),
        query.client.as_ref().map(|client| member("client", client.as_str())),
        query.path.as_ref().map(|path| member("path", path.as_str())),
    ];
    for member in wanted.into_iter().flatten() {
        rows = rows.filter(strpos(audit_entry::entry, member).gt(0));
    }
    let rows = rows.order(audit_entry::position.desc()).limit(query.limit.fetch());
    let rows: Vec<EntryRow> = rows.select(ENTRY).load(&mut tx.conn()).await?;
    Ok(rows.into_iter().map(|row| read(chain, row)).collect())
}

#[diesel::declare_sql_function]
extern "SQL" {
    fn strpos(text: Text, part: Text) -> Integer;
}

/// A member with its value as it stands in an entry. It stands nowhere else: quotes within a value are escaped.
fn member(name: &str, value: impl Serialize) -> String {
    format!("\"{name}\":{}", json!(value))
}

/// How far a chain can be dropped from a place on: up to the first entry that was not sealed before a time, and no more than
/// `limit` entries at once. The last of them, with its hash.
pub(super) async fn old_after(
    tx: &SystemTx<'_>,
    (chain, position): (&str, i64),
    time: DateTime<Utc>,
    limit: i64,
) -> Result<Option<(i64, Vec<u8>)>> {
    let next = audit_entry::chain.eq(chain).and(audit_entry::position.gt(position));
    let next = audit_entry::table.filter(next).order(audit_entry::position).limit(limit);
    let next = next.select((audit_entry::position, audit_entry::hash, audit_entry::sealed_at));
    let next: Vec<(i64, Vec<u8>, DateTime<Utc>)> = next.load(&mut tx.conn()).await?;
    let old = next.into_iter().take_while(|(_, _, at)| *at < time).last();
    Ok(old.map(|(position, hash, _)| (position, hash)))
}

/// Drops entries behind the checkpoint of their chain.
pub(super) async fn drop_through(tx: &SystemTx<'_>, chain: &str, position: i64) -> Result<usize> {
    let old = audit_entry::chain.eq(chain).and(audit_entry::position.le(position));
    Ok(diesel::delete(audit_entry::table.filter(old)).execute(&mut tx.conn()).await?)
}
