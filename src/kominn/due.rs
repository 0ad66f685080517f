//! When a target is due: by its schedule, and sooner after a run that stopped before its end.

use chrono::{DateTime, TimeDelta, Utc};

use super::{config::Target, model::RunState, run_store, target_store};
use crate::platform::{
    db::{Scope, Tx},
    error::Result,
};

/// How long after it stopped it is tried again, in minutes; twice as long each time that it stops again.
const AGAIN: i64 = 5;
/// Runs that are looked at: so often the time is doubled.
const MOST: i64 = 8;

/// When a target is due; after a run that stopped, not before the site may be asked.
pub(super) async fn due<S: Scope>(tx: &Tx<'_, S>, target: &Target) -> Result<DateTime<Utc>> {
    let last = run_store::last(tx, &target.name, MOST).await?;
    let planned = target.schedule.due(last.first().and_then(|last| last.started_at));
    let stopped = last.iter().take_while(|run| run.state == RunState::Failed).count();
    let ended = last.first().filter(|_| stopped > 0).and_then(|last| last.ended_at);
    let again = ended.map(|ended| ended + TimeDelta::minutes(AGAIN << (stopped - 1)));
    let blocked = target_store::find(tx, &target.name).await?.and_then(|known| known.blocked_until);
    Ok(again.map_or(planned, |again| again.min(planned)).max(blocked.unwrap_or_default()))
}
