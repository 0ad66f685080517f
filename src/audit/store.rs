//! The tables `audit_entry` and `audit_head`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::{prelude::*, sql_types::Text};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::{AuditEntry, AuditQuery};
use crate::platform::{
    audit::AuditOutcome,
    db::{
        Scope, SystemTx, Tx, prepared,
        schema::{audit_entry, audit_head, audit_pending},
    },
    error::Result,
    hex::hex,
};

/// A sealed entry, as the table has it.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = audit_entry, check_for_backend(diesel::pg::Pg))]
struct EntryRow {
    chain: String,
    position: i64,
    hash: Vec<u8>,
    occurred_at: DateTime<Utc>,
    outcome: AuditOutcome,
    times: i32,
    request_id: Uuid,
    method: String,
    route: String,
    path: String,
    status: i16,
    code: Option<String>,
    role: Option<String>,
    issuer: Option<String>,
    subject: Option<String>,
    client: Option<String>,
    supplier: Option<String>,
    delegation: Option<String>,
    before: Option<String>,
    after: Option<String>,
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

impl From<EntryRow> for AuditEntry {
    fn from(row: EntryRow) -> Self {
        Self {
            chain: row.chain,
            position: row.position,
            occurred_at: row.occurred_at,
            outcome: row.outcome,
            times: row.times,
            request_id: row.request_id,
            method: row.method,
            route: row.route,
            path: row.path,
            status: row.status,
            code: row.code,
            role: row.role,
            issuer: row.issuer,
            subject: row.subject,
            client: row.client,
            supplier: row.supplier,
            delegation: row.delegation,
            before: row.before,
            after: row.after,
            hash: Some(hex(&row.hash)),
        }
    }
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

/// Puts entries in place, each with its hash in it. One value for all of them: thousands would take longer to plan than to write.
#[expect(clippy::disallowed_methods, reason = "rows of one jsonb value have no form in diesel")]
pub(super) async fn place(tx: &SystemTx<'_>, entries: &[AuditEntry]) -> Result<()> {
    let place = diesel::sql_query(
        "INSERT INTO audit_entry SELECT chain, position, decode(hash, 'hex'), occurred_at, outcome, times, request_id, \
             method, route, path, status, code, role, issuer, subject, client, supplier, delegation, before, after \
         FROM jsonb_to_recordset($1::jsonb) AS e (chain text, position bigint, hash text, occurred_at timestamptz, outcome text, \
             times integer, request_id uuid, method text, route text, path text, status smallint, code text, role text, \
             issuer text, subject text, client text, supplier text, delegation text, before text, after text)",
    );
    let entries = serde_json::to_string(entries).map_err(anyhow::Error::from)?;
    prepared(place.bind::<Text, _>(entries)).execute(&mut tx.conn()).await?;
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
    let query = query.order(audit_entry::position).limit(limit).select(EntryRow::as_select());
    let rows: Vec<EntryRow> = query.load(&mut tx.conn()).await?;
    Ok(rows.into_iter().map(AuditEntry::from).collect())
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
    if let Some(outcome) = query.outcome {
        rows = rows.filter(audit_entry::outcome.eq(outcome));
    }
    if let Some(client) = &query.client {
        rows = rows.filter(audit_entry::client.eq(client.as_str()));
    }
    if let Some(path) = &query.path {
        rows = rows.filter(audit_entry::path.eq(path.as_str()));
    }
    let rows = rows.order(audit_entry::position.desc()).limit(query.limit.fetch());
    let rows: Vec<EntryRow> = rows.select(EntryRow::as_select()).load(&mut tx.conn()).await?;
    Ok(rows.into_iter().map(AuditEntry::from).collect())
}

/// How far a chain can be dropped from a place on: up to the first entry that is not older than a time, and no more than
/// `limit` entries at once. The last of them, with its hash.
pub(super) async fn old_after(
    tx: &SystemTx<'_>,
    (chain, position): (&str, i64),
    time: DateTime<Utc>,
    limit: i64,
) -> Result<Option<(i64, Vec<u8>)>> {
    let next = audit_entry::chain.eq(chain).and(audit_entry::position.gt(position));
    let next = audit_entry::table.filter(next).order(audit_entry::position).limit(limit);
    let next = next.select((audit_entry::position, audit_entry::hash, audit_entry::occurred_at));
    let next: Vec<(i64, Vec<u8>, DateTime<Utc>)> = next.load(&mut tx.conn()).await?;
    let old = next.into_iter().take_while(|(_, _, at)| *at < time).last();
    Ok(old.map(|(position, hash, _)| (position, hash)))
}

/// Drops entries behind the checkpoint of their chain.
pub(super) async fn drop_through(tx: &SystemTx<'_>, chain: &str, position: i64) -> Result<usize> {
    let old = audit_entry::chain.eq(chain).and(audit_entry::position.le(position));
    Ok(diesel::delete(audit_entry::table.filter(old)).execute(&mut tx.conn()).await?)
}
