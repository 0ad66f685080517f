//! The table `kominn_run`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::{Counts, Key, RunState};
use crate::platform::{
    clock::Clock,
    db::{Scope, SystemTx, TenantTx, Tx, schema::kominn_run},
    error::{Code, Error, Result},
};

/// Runs that are kept of each target.
const KEPT: i64 = 200;

/// A run, as it is kept.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = kominn_run, check_for_backend(diesel::pg::Pg))]
pub(super) struct RunRow {
    pub(super) id: Key,
    pub(super) target: String,
    pub(super) dry: bool,
    pub(super) state: RunState,
    pub(super) asked_at: DateTime<Utc>,
    pub(super) started_at: Option<DateTime<Utc>>,
    pub(super) ended_at: Option<DateTime<Utc>>,
    pub(super) counts: Counts,
    pub(super) error: Option<String>,
}

/// The run that somebody asked for first and that nobody began.
pub(super) async fn asked(tx: &SystemTx<'_>, target: &str) -> Result<Option<(Key, bool)>> {
    let asked =
        kominn_run::table.filter(kominn_run::target.eq(target).and(kominn_run::state.eq(RunState::Asked)));
    let asked = asked.order((kominn_run::asked_at, kominn_run::id)).select((kominn_run::id, kominn_run::dry));
    Ok(asked.first(&mut tx.conn()).await.optional()?)
}

/// The last runs that change something and came to an end, well or not, newest first. What was interrupted goes on at once.
pub(super) async fn last<S: Scope>(tx: &Tx<'_, S>, target: &str, limit: i64) -> Result<Vec<RunRow>> {
    let runs = kominn_run::table.filter(kominn_run::target.eq(target).and(kominn_run::dry.eq(false)));
    let runs = runs.filter(kominn_run::state.eq_any([RunState::Done, RunState::Failed]));
    let runs = runs.order(kominn_run::started_at.desc()).limit(limit).select(RunRow::as_select());
    Ok(runs.load(&mut tx.conn()).await?)
}

/// Begins a run, or the one that was asked for. What another process left running is interrupted: only one runs at a time. Says
/// whether there was one.
pub(super) async fn begin(
    tx: &SystemTx<'_>,
    target: &str,
    asked: Option<Key>,
    dry: bool,
) -> Result<(Key, bool)> {
    let now = Clock.now();
    let left =
        kominn_run::table.filter(kominn_run::target.eq(target).and(kominn_run::state.eq(RunState::Running)));
    let interrupted = (kominn_run::state.eq(RunState::Interrupted), kominn_run::ended_at.eq(now));
    let interrupted = diesel::update(left).set(interrupted).execute(&mut tx.conn()).await? > 0;
    let running = (kominn_run::state.eq(RunState::Running), kominn_run::started_at.eq(now));
    if let Some(id) = asked {
        diesel::update(kominn_run::table.find(id)).set(running).execute(&mut tx.conn()).await?;
        return Ok((id, interrupted));
    }
    let id = Uuid::now_v7();
    let row = (
        kominn_run::id.eq(id),
        kominn_run::target.eq(target),
        kominn_run::dry.eq(dry),
        kominn_run::asked_at.eq(now),
    );
    diesel::insert_into(kominn_run::table).values((row, running)).execute(&mut tx.conn()).await?;
    Ok((id, interrupted))
}

/// Ends a run, and forgets the oldest of its target.
pub(super) async fn end(
    tx: &SystemTx<'_>,
    (run, target): (Key, &str),
    counts: Counts,
    error: Option<String>,
) -> Result<()> {
    let state = if error.is_some() { RunState::Failed } else { RunState::Done };
    let ended = (
        kominn_run::state.eq(state),
        kominn_run::ended_at.eq(Clock.now()),
        kominn_run::counts.eq(counts),
        kominn_run::error.eq(error),
    );
    diesel::update(kominn_run::table.find(run)).set(ended).execute(&mut tx.conn()).await?;
    let old = kominn_run::table.filter(kominn_run::target.eq(target)).select(kominn_run::id);
    let old: Vec<Key> = old
        .order((kominn_run::asked_at.desc(), kominn_run::id.desc()))
        .offset(KEPT)
        .load(&mut tx.conn())
        .await?;
    diesel::delete(kominn_run::table.filter(kominn_run::id.eq_any(old))).execute(&mut tx.conn()).await?;
    Ok(())
}

/// Asks for a run, or answers the one that is asked for already; says whether it is new.
pub(super) async fn ask(tx: &TenantTx<'_>, target: &str, dry: bool) -> Result<(RunRow, bool)> {
    let asked = kominn_run::table.filter(kominn_run::target.eq(target).and(kominn_run::dry.eq(dry)));
    let asked = asked.filter(kominn_run::state.eq(RunState::Asked)).select(RunRow::as_select());
    if let Some(asked) = asked.first(&mut tx.conn()).await.optional()? {
        return Ok((asked, false));
    }
    let id = Uuid::now_v7();
    let row = (
        kominn_run::id.eq(id),
        kominn_run::target.eq(target),
        kominn_run::asked_by.eq(tx.municipality()),
        kominn_run::dry.eq(dry),
        kominn_run::state.eq(RunState::Asked),
        kominn_run::asked_at.eq(Clock.now()),
    );
    let insert = diesel::insert_into(kominn_run::table).values(row).on_conflict_do_nothing();
    if insert.execute(&mut tx.conn()).await? == 0 {
        return Err(Error::new(Code::InFlight, "Somebody asks for it at the same moment. Try again."));
    }
    Ok((find(tx, id).await?, true))
}

pub(super) async fn find(tx: &TenantTx<'_>, id: Key) -> Result<RunRow> {
    Ok(kominn_run::table.find(id).select(RunRow::as_select()).first(&mut tx.conn()).await?)
}

/// Runs, newest first, behind one; one more than the page holds.
pub(super) async fn page(
    tx: &TenantTx<'_>,
    before: Option<(DateTime<Utc>, Key)>,
    fetch: i64,
) -> Result<Vec<RunRow>> {
    let mut rows = kominn_run::table.select(RunRow::as_select()).into_boxed();
    if let Some((at, id)) = before {
        let older = kominn_run::asked_at.lt(at).or(kominn_run::asked_at.eq(at).and(kominn_run::id.lt(id)));
        rows = rows.filter(older);
    }
    let rows = rows.order((kominn_run::asked_at.desc(), kominn_run::id.desc())).limit(fetch);
    Ok(rows.load(&mut tx.conn()).await?)
}
