//! The table `change`.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};
use diesel_async::RunQueryDsl;

use super::{CHANNEL, model::Change};
use crate::platform::{
    db::{SystemTx, TenantTx, prepared, schema::change},
    error::Result,
    id::ProjectId,
};

/// Records a fact. Only inside the transaction that makes it true.
pub(crate) async fn record(tx: &TenantTx<'_>, fact: Change) -> Result<()> {
    let row = (
        change::kind.eq(fact.kind),
        change::publication_id.eq(fact.publication),
        change::municipality_id.eq(tx.municipality()),
        change::version.eq(fact.version),
        change::audience.eq(fact.audience),
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

/// The entries behind a position, in order, at most `limit`.
pub(crate) async fn after(tx: &SystemTx<'_>, position: i64, limit: i64) -> Result<Vec<Entry>> {
    let query = change::table.filter(change::position.gt(position)).order(change::position).limit(limit);
    Ok(query.select(Entry::as_select()).load(&mut tx.conn()).await?)
}

/// The last position given; 0 before the first.
pub(crate) async fn head(tx: &SystemTx<'_>) -> Result<i64> {
    let head: Option<i64> =
        change::table.select(diesel::dsl::max(change::position)).get_result(&mut tx.conn()).await?;
    Ok(head.unwrap_or(0))
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// Whether the lock was free. It is held until the transaction ends.
    fn pg_try_advisory_xact_lock(key: BigInt) -> Bool;
    /// Sends a notification when the transaction commits.
    fn pg_notify(channel: Text, payload: Text) -> Text;
}

/// The advisory lock of the sequencer.
const LEASE: i64 = 456_663;

/// Gives positions to what has none, at most `limit`; says how many. None while another node does it.
#[expect(clippy::disallowed_methods, reason = "numbering rows by a window function has no form in diesel")]
pub(super) async fn assign_positions(tx: &SystemTx<'_>, limit: i64) -> Result<usize> {
    let leased: bool = diesel::select(pg_try_advisory_xact_lock(LEASE)).get_result(&mut tx.conn()).await?;
    if !leased {
        return Ok(0);
    }
    let assign = diesel::sql_query(
        "WITH fresh AS (SELECT id, row_number() OVER (ORDER BY id) AS nth FROM change \
                        WHERE position IS NULL ORDER BY id LIMIT $1), \
              head AS (SELECT coalesce(max(position), 0) AS position FROM change) \
         UPDATE change SET position = head.position + fresh.nth FROM fresh, head WHERE change.id = fresh.id",
    );
    let assigned = prepared(assign.bind::<BigInt, _>(limit)).execute(&mut tx.conn()).await?;
    if assigned > 0 {
        diesel::select(pg_notify(CHANNEL, "")).execute(&mut tx.conn()).await?;
    }
    Ok(assigned)
}
