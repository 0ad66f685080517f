//! Running targets when they are due, or when somebody asks. Any number of nodes may run this: a target has one turn.

use std::time::Duration;

use tokio::{runtime::Handle, sync::watch};
use tokio_util::sync::CancellationToken;

use super::{
    config::Target,
    due, link_store,
    model::{Counts, LinkState},
    run::{Ended, How, Kominn},
    run_store,
};
use crate::platform::{clock::Clock, db::SystemTx};

/// How often it is looked whether something is due.
const INTERVAL: Duration = Duration::from_secs(2);

/// Runs a target until `stop` is cancelled. On a thread of its own: what a run borrows, the compiler cannot show to be safe to
/// move between threads.
pub async fn follow(kominn: Kominn, target: Target, stop: CancellationToken) {
    let runtime = Handle::current();
    let work = move || runtime.block_on(stop.run_until_cancelled(run_for_ever(&kominn, &target)));
    if let Err(cause) = tokio::task::spawn_blocking(work).await {
        tracing::error!(%cause, "a sync ended");
    }
}

async fn run_for_ever(kominn: &Kominn, target: &Target) {
    loop {
        tokio::time::sleep(INTERVAL).await;
        if let Err(cause) = run_when_due(kominn, target).await {
            tracing::warn!(target = target.name, cause = format!("{cause:#}"), "the sync did not run");
        }
    }
}

async fn run_when_due(kominn: &Kominn, target: &Target) -> anyhow::Result<()> {
    if due(kominn, target).await?.is_none() {
        return Ok(());
    }
    let Some(turn) = kominn.take_turn(target).await? else { return Ok(()) };
    // Asked again in the turn: another node may have just done it.
    let Some((how, asked)) = due(kominn, target).await? else { return Ok(()) };
    let ended =
        kominn.run_in_turn(target, (how, asked), &turn, watch::Sender::new(Counts::default())).await?;
    // A dry run says nothing of how things stand.
    if how.dry { Ok(()) } else { tell(kominn, target, &ended).await }
}

type Due = (How, Option<super::model::Key>);

async fn due(kominn: &Kominn, target: &Target) -> anyhow::Result<Option<Due>> {
    let look = async |tx: &SystemTx<'_>| {
        Ok((run_store::asked(tx, &target.name).await?, due::due(tx, target).await?))
    };
    let (asked, due) = kominn.db.system(look).await?;
    if let Some((run, dry)) = asked {
        return Ok(Some((How { dry, asked: true, unbraked: false }, Some(run))));
    }
    Ok((due <= Clock.now()).then(|| (How::default(), None)))
}

/// Metrics and a line of the log.
async fn tell(kominn: &Kominn, target: &Target, ended: &Ended) -> anyhow::Result<()> {
    let name = target.name.clone();
    let Ended { run, counts, error } = ended;
    if let Some(cause) = error {
        metrics::counter!("glomma_kominn_runs_failed", "target" => name.clone()).increment(1);
        tracing::warn!(target = name, %run, ?counts, cause, "the sync stopped before its end");
    } else {
        let now = Clock.now().timestamp_micros();
        metrics::gauge!("glomma_kominn_last_success_seconds", "target" => name.clone())
            .set(f64::from(u32::try_from(now / 1_000_000).unwrap_or_default()));
        tracing::info!(target = name, %run, ?counts, "synchronised");
    }
    let standing = kominn.db.system(async |tx| link_store::standing(tx, &name, None).await).await?;
    let oldest = kominn.db.system(async |tx| link_store::oldest_unsent(tx, &name).await).await?;
    let lag = oldest.map_or(0, |oldest| (Clock.now() - oldest).num_seconds());
    metrics::gauge!("glomma_kominn_lag_seconds", "target" => name.clone())
        .set(f64::from(u32::try_from(lag).unwrap_or_default()));
    for state in LinkState::ALL {
        let links = standing.iter().find(|found| found.state == state.code()).map_or(0, |found| found.links);
        let links = f64::from(u32::try_from(links).unwrap_or(u32::MAX));
        metrics::gauge!("glomma_kominn_links", "target" => name.clone(), "state" => state.code()).set(links);
    }
    Ok(())
}
