//! The table `kominn_target`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::platform::{
    db::{
        Scope, SystemTx, Tx,
        schema::{kominn_target, municipality},
    },
    error::Result,
    id::MunicipalityId,
};

/// What is known of a site between runs.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = kominn_target, check_for_backend(diesel::pg::Pg))]
pub(super) struct Known {
    pub(super) source_id: MunicipalityId,
    pub(super) read_through: Option<DateTime<Utc>>,
    pub(super) swept_at: Option<DateTime<Utc>>,
    pub(super) blocked_until: Option<DateTime<Utc>>,
    /// How many seconds it asked to wait last.
    pub(super) last_wait: i32,
    /// The highest id that was there at the last sweep, 0 for none.
    pub(super) highest_item: Option<i64>,
}

/// The turn in which a source gets its number.
const TURN: i64 = 467_002;

/// What is known of a site; of a new one, that it has a source now.
pub(super) async fn know(tx: &SystemTx<'_>, target: &str) -> Result<Known> {
    if let Some(known) = find(tx, target).await? {
        return Ok(known);
    }
    tx.take_turn(TURN).await?;
    let sources = municipality::table.filter(municipality::id.lt("1"));
    let last: Option<MunicipalityId> =
        sources.select(diesel::dsl::max(municipality::id)).first(&mut tx.conn()).await?;
    let source = MunicipalityId::next_external(last);
    let named = (municipality::id.eq(source), municipality::name.eq(format!("KOMINN ({target})")));
    diesel::insert_into(municipality::table).values(named).execute(&mut tx.conn()).await?;
    let row = (kominn_target::name.eq(target), kominn_target::source_id.eq(source));
    diesel::insert_into(kominn_target::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(&mut tx.conn())
        .await?;
    Ok(Known {
        source_id: source,
        read_through: None,
        swept_at: None,
        blocked_until: None,
        last_wait: 0,
        highest_item: None,
    })
}

pub(super) async fn find<S: Scope>(tx: &Tx<'_, S>, target: &str) -> Result<Option<Known>> {
    let query = kominn_target::table.find(target).select(Known::as_select());
    Ok(query.first(&mut tx.conn()).await.optional()?)
}

/// That it is not to be asked before a time, `wait` seconds from now.
pub(super) async fn block(tx: &SystemTx<'_>, target: &str, until: DateTime<Utc>, wait: i32) -> Result<()> {
    let row = kominn_target::table.find(target);
    let update =
        diesel::update(row).set((kominn_target::blocked_until.eq(until), kominn_target::last_wait.eq(wait)));
    update.execute(&mut tx.conn()).await?;
    Ok(())
}

/// That every item that was modified before `through` has been read.
pub(super) async fn read_through(tx: &SystemTx<'_>, target: &str, through: DateTime<Utc>) -> Result<()> {
    let row = kominn_target::table.find(target);
    diesel::update(row).set(kominn_target::read_through.eq(through)).execute(&mut tx.conn()).await?;
    Ok(())
}

/// That all ids have been read, of which `highest` is the last.
pub(super) async fn swept(
    tx: &SystemTx<'_>,
    target: &str,
    (now, highest): (DateTime<Utc>, i64),
) -> Result<()> {
    let row = kominn_target::table.find(target);
    let swept = (kominn_target::swept_at.eq(now), kominn_target::highest_item.eq(highest));
    diesel::update(row).set(swept).execute(&mut tx.conn()).await?;
    Ok(())
}
