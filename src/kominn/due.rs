//! When a target is due: by its schedule, and sooner after a run that stopped before its end.

use chrono::{DateTime, TimeDelta, Utc};

use super::{config::Target, model::RunState, run_store, target_store};
use crate::platform::{
    db::{Scope, Tx},
    error::Result,
};

/// How long after it stopped it is tried again, unless the site asked to wait longer.
const AGAIN: TimeDelta = TimeDelta::minutes(5);

pub(super) async fn due<S: Scope>(tx: &Tx<'_, S>, target: &Target) -> Result<DateTime<Utc>> {
    let last = run_store::last(tx, &target.name).await?;
    let planned = target.schedule.due(last.as_ref().and_then(|last| last.started_at));
    let stopped = last.filter(|last| last.state == RunState::Failed).and_then(|last| last.ended_at);
    let Some(stopped) = stopped else { return Ok(planned) };
    let known = target_store::find(tx, &target.name).await?;
    let again = (stopped + AGAIN).max(known.and_then(|known| known.blocked_until).unwrap_or_default());
    Ok(planned.min(again))
}
