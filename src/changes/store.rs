//! The tables `change` and `change_log`.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;

use super::{
    CHANNEL,
    model::{Change, ChangeKind},
};
use crate::platform::{
    db::{
        PublicTx, Scope, SystemTx, TenantTx, Tx, prepared,
        schema::{change, change_log},
    },
    error::Result,
    id::{MunicipalityId, ProjectId, ProposalId},
};

/// Records a fact. Only inside the transaction that makes it true.
pub(crate) async fn record(tx: &TenantTx<'_>, fact: Change) -> Result<()> {
    let row = (
        change::kind.eq(fact.kind),
        change::publication_id.eq(fact.publication),
        change::municipality_id.eq(fact.owner),
        change::version.eq(fact.version),
        change::audience.eq(fact.audience),
        change::audience_before.eq(fact.audience_before),
        change::proposal_id.eq(fact.about.map(|(proposal, _)| proposal)),
        change::reader_id.eq(fact.about.map(|(_, reader)| reader)),
        change::actor_id.eq((tx.municipality() != fact.owner).then(|| tx.municipality())),
        change::occurred_at.eq(fact.occurred_at),
    );
    diesel::insert_into(change::table).values(row).execute(&mut tx.conn()).await?;
    Ok(())
}

/// An entry as a consumer follows it.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = change, check_for_backend(diesel::pg::Pg))]
pub(crate) struct Entry {
    #[diesel(select_expression = change::position.assume_not_null())]
    pub(crate) position: i64,
    pub(crate) publication_id: ProjectId,
}

/// The entries behind a position, in order, at most `limit`; those for one reader too, which are harmless to a
/// consumer that reads the publication as it is now.
pub(crate) async fn after(tx: &SystemTx<'_>, position: i64, limit: i64) -> Result<Vec<Entry>> {
    let query = change::table.filter(change::position.gt(position)).order(change::position).limit(limit);
    Ok(query.select(Entry::as_select()).load(&mut tx.conn()).await?)
}

/// How far the log reaches, in both directions.
#[derive(Clone, Copy, Debug, Queryable, Selectable)]
#[diesel(table_name = change_log, check_for_backend(diesel::pg::Pg))]
pub(crate) struct Bounds {
    /// Everything up to here is dropped; 0 while nothing is.
    pub(crate) compacted_through: i64,
    /// The last position that was given; 0 before the first.
    pub(crate) head: i64,
}

/// How far the log reaches now, also for a reader who may not see its last entries.
pub(crate) async fn bounds<S: Scope>(tx: &Tx<'_, S>) -> Result<Bounds> {
    Ok(change_log::table.select(Bounds::as_select()).first(&mut tx.conn()).await?)
}

/// Which entries a reader wants; all of them when a list is empty.
#[derive(Debug)]
pub(crate) struct Filter {
    /// By what they mean to the reader.
    pub(crate) kinds: Vec<ChangeKind>,
    /// By whose publication it is.
    pub(crate) municipalities: Vec<MunicipalityId>,
}

/// An entry as the transaction's reader sees it.
#[derive(Debug, QueryableByName)]
pub(crate) struct Seen {
    #[diesel(sql_type = BigInt)]
    pub(crate) position: i64,
    /// What it means to the reader.
    #[diesel(sql_type = Text)]
    pub(crate) kind: ChangeKind,
    #[diesel(sql_type = Uuid)]
    pub(crate) publication_id: ProjectId,
    #[diesel(sql_type = Text)]
    pub(crate) municipality_id: MunicipalityId,
    #[diesel(sql_type = Nullable<Uuid>)]
    pub(crate) proposal_id: Option<ProposalId>,
    #[diesel(sql_type = Timestamptz)]
    pub(crate) occurred_at: DateTime<Utc>,
}

/// The entries behind `after` up to `through` that the reader may know of, in order, at most `limit`.
///
/// Row level security decides which. What is left to say is what one means to a reader who does not share a region
/// with its owner: another audience, also with a new version, is sight gained or lost. It is said here, not in the caller, so that a filter on
/// the kind and the limit count the same entries.
#[expect(clippy::disallowed_methods, reason = "a kind that depends on the reader has no form in diesel")]
pub(crate) async fn visible_between(
    tx: &PublicTx<'_>,
    (after, through): (i64, i64),
    filter: &Filter,
    limit: i64,
) -> Result<Vec<Seen>> {
    let query = diesel::sql_query(
        "SELECT position, kind, publication_id, municipality_id, proposal_id, occurred_at FROM ( \
             SELECT position, publication_id, municipality_id, proposal_id, occurred_at, CASE \
                 WHEN reader_id IS NOT NULL OR municipality_id = app_municipality() OR municipality_id IN ( \
                     SELECT theirs.municipality_id \
                     FROM region_member AS mine JOIN region_member AS theirs USING (region_slug) \
                     WHERE mine.municipality_id = app_municipality()) THEN kind \
                 WHEN audience = 'region' THEN 'sight_lost' \
                 WHEN audience_before = 'region' THEN 'sight_gained' \
                 ELSE kind END AS kind \
             FROM change WHERE position > $1 AND position <= $2) AS shown \
         WHERE (cardinality($3) = 0 OR kind = ANY ($3)) \
             AND (cardinality($4) = 0 OR municipality_id = ANY ($4)) \
         ORDER BY position LIMIT $5",
    );
    let query = query.bind::<BigInt, _>(after).bind::<BigInt, _>(through);
    let query = query.bind::<Array<Text>, _>(filter.kinds.clone());
    let query = query.bind::<Array<Text>, _>(filter.municipalities.clone()).bind::<BigInt, _>(limit);
    Ok(prepared(query).load(&mut tx.conn()).await?)
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// Sends a notification when the transaction commits.
    fn pg_notify(channel: Text, payload: Text) -> Text;
}

/// The advisory lock of the sequencer, and of whoever else moves the bounds of the log.
const LEASE: i64 = 456_663;

/// Gives positions to what has none, at most `limit`; says how many. None while another node does it.
///
/// A node of the previous version, which an upgrade may leave running for a while, gives positions and does not move
/// the head: so the highest position counts too.
#[expect(clippy::disallowed_methods, reason = "numbering rows by a window function has no form in diesel")]
pub(super) async fn assign_positions(tx: &SystemTx<'_>, limit: i64) -> Result<usize> {
    if !tx.try_turn(LEASE).await? {
        return Ok(0);
    }
    let assign = diesel::sql_query(
        "WITH fresh AS (SELECT id, row_number() OVER (ORDER BY id) AS nth FROM change \
                        WHERE position IS NULL ORDER BY id LIMIT $1), \
              last AS (SELECT greatest(head, (SELECT max(position) FROM change)) AS position FROM change_log), \
              moved AS (UPDATE change_log SET head = last.position + (SELECT count(*) FROM fresh) \
                        FROM last WHERE EXISTS (SELECT FROM fresh)) \
         UPDATE change SET position = last.position + fresh.nth FROM fresh, last WHERE change.id = fresh.id",
    );
    let assigned = prepared(assign.bind::<BigInt, _>(limit)).execute(&mut tx.conn()).await?;
    if assigned > 0 {
        diesel::select(pg_notify(CHANNEL, "")).execute(&mut tx.conn()).await?;
    }
    Ok(assigned)
}

/// Entries that are dropped at once, at most.
const COMPACTED: i64 = 10_000;

/// Drops the oldest entries, up to the first that occurred at `keep_since` or later; says how many. Whoever follows the
/// log from before its new beginning is told to start over.
///
/// # Errors
/// When the database refuses.
pub async fn compact(tx: &SystemTx<'_>, keep_since: DateTime<Utc>) -> Result<usize> {
    tx.take_turn(LEASE).await?;
    let Bounds { compacted_through, head } = bounds(tx).await?;
    let kept = change::table.filter(change::occurred_at.ge(keep_since));
    let kept: Option<i64> =
        kept.select(diesel::dsl::min(change::position)).get_result(&mut tx.conn()).await?;
    let through = kept.map_or(head, |first| head.min(first - 1)).min(compacted_through + COMPACTED);
    let dropped = diesel::delete(change::table.filter(change::position.le(through)));
    let dropped = dropped.execute(&mut tx.conn()).await?;
    if through > compacted_through {
        let moved = change_log::compacted_through.eq(through);
        diesel::update(change_log::table).set(moved).execute(&mut tx.conn()).await?;
    }
    Ok(dropped)
}
