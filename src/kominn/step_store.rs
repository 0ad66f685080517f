//! The table `kominn_step`.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::model::{Action, Counts, Differences, Key, Step};
use crate::platform::{
    db::{
        Scope, SystemTx, Tx,
        schema::{kominn_run, kominn_step},
    },
    error::Result,
    id::ProjectId,
};

/// Appends steps to a run, and says how far it is.
pub(super) async fn append(
    tx: &SystemTx<'_>,
    run: Key,
    (first, steps): (i32, Vec<Step>),
    counts: Counts,
) -> Result<()> {
    let row = |(nth, step): (i32, Step)| {
        (
            kominn_step::run_id.eq(run),
            kominn_step::nth.eq(nth),
            kominn_step::municipality_id.eq(step.owner),
            kominn_step::project_id.eq(step.project),
            kominn_step::item_id.eq(step.item),
            kominn_step::action.eq(step.action),
            kominn_step::differences.eq(Differences(step.differences)),
            kominn_step::error.eq(step.error),
        )
    };
    let rows: Vec<_> = (first..).zip(steps).map(row).collect();
    diesel::insert_into(kominn_step::table).values(rows).execute(&mut tx.conn()).await?;
    let update = diesel::update(kominn_run::table.find(run)).set(kominn_run::counts.eq(counts));
    update.execute(&mut tx.conn()).await?;
    Ok(())
}

/// What a run did, as it is kept.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = kominn_step, check_for_backend(diesel::pg::Pg))]
pub(super) struct StepRow {
    pub(super) nth: i32,
    pub(super) project_id: Option<ProjectId>,
    pub(super) item_id: Option<i64>,
    pub(super) action: Action,
    pub(super) differences: Differences,
    pub(super) error: Option<String>,
}

/// The steps of a run that the municipality may see, in order, behind one.
pub(super) async fn steps<S: Scope>(
    tx: &Tx<'_, S>,
    run: Key,
    after: i32,
    fetch: i64,
) -> Result<Vec<StepRow>> {
    let rows = kominn_step::table.filter(kominn_step::run_id.eq(run).and(kominn_step::nth.gt(after)));
    let rows = rows.order(kominn_step::nth).limit(fetch).select(StepRow::as_select());
    Ok(rows.load(&mut tx.conn()).await?)
}
