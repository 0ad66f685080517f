//! Refusals on their way into the trail: written a second later, the like ones as one, so that nobody can fill the
//! record by being refused.

use std::{sync::Arc, time::Duration};

use tokio::sync::{
    Mutex,
    mpsc::{Receiver, Sender, channel},
};
use tokio_util::sync::CancellationToken;

use super::{Entry, store};
use crate::platform::db::Db;

/// The chain of what concerns no municipality.
pub(crate) const PLATFORM: &str = "platform";

/// How many refusals wait; more are counted only.
const WAITING: usize = 4096;
/// How many different ones a second are written; the rest is counted with the last of its chain.
const DIFFERENT: usize = 200;
const EVERY: Duration = Duration::from_secs(1);

/// Where refusals are told.
#[derive(Clone)]
pub struct Refusals {
    told: Sender<Entry>,
    untold: Arc<Mutex<Receiver<Entry>>>,
}

impl Default for Refusals {
    fn default() -> Self {
        let (told, untold) = channel(WAITING);
        Self { told, untold: Arc::new(Mutex::new(untold)) }
    }
}

impl Refusals {
    pub(crate) fn tell(&self, refused: Entry) {
        metrics::counter!("glomma_refusals", "code" => refused.code.clone().unwrap_or_default()).increment(1);
        if self.told.try_send(refused).is_err() {
            metrics::counter!("glomma_refusals_not_audited").increment(1);
        }
    }

    /// Writes what was told, for ever; what waits when the process stops is written before it does.
    pub async fn write(self, db: Db, stop: CancellationToken) {
        let mut untold = self.untold.lock().await;
        loop {
            let stopping = stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_none();
            let mut batch = Vec::new();
            while let Ok(entry) = untold.try_recv() {
                batch.push(entry);
            }
            write_batch(&db, together(batch)).await;
            if stopping {
                return;
            }
        }
    }
}

async fn write_batch(db: &Db, batch: Vec<Entry>) {
    if batch.is_empty() {
        return;
    }
    if let Err(cause) = db.system(async |tx| store::append(tx, &batch).await).await {
        tracing::error!(%cause, refusals = batch.len(), "refusals were not written to the audit trail");
        metrics::counter!("glomma_refusals_not_audited")
            .increment(u64::try_from(batch.len()).unwrap_or_default());
    }
}

/// The like ones as one.
fn together(batch: Vec<Entry>) -> Vec<Entry> {
    let mut different: Vec<Entry> = Vec::new();
    for entry in batch {
        let full = different.len() >= DIFFERENT;
        let same = |other: &&mut Entry| other.is_like(&entry) || (full && other.chain == entry.chain);
        match different.iter_mut().rev().find(same) {
            Some(other) => other.times += 1,
            None => different.push(entry),
        }
    }
    different
}
