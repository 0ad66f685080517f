//! Refusals on their way into the trail: written a second later, the like ones as one, so that nobody can fill the
//! record by being refused.

use std::time::Duration;

use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::{Entry, store};
use crate::platform::db::Db;

/// The chain of what concerns no municipality.
pub(crate) const PLATFORM: &str = "platform";

/// How many refusals wait; more are counted only.
const WAITING: usize = 4096;
/// How many different ones a second are written for a chain; the rest is counted together.
const DIFFERENT: usize = 20;
const EVERY: Duration = Duration::from_secs(1);

/// Where refusals are told.
#[derive(Clone)]
pub struct Refusals(Sender<Entry>);

/// Where they are written from.
pub struct Untold(Receiver<Entry>);

impl Refusals {
    pub fn new() -> (Self, Untold) {
        let (told, untold) = channel(WAITING);
        (Self(told), Untold(untold))
    }

    pub(crate) fn tell(&self, refused: Entry) {
        metrics::counter!("glomma_refusals", "code" => refused.code.clone().unwrap_or_default()).increment(1);
        if self.0.try_send(refused).is_err() {
            metrics::counter!("glomma_refusals_not_audited").increment(1);
        }
    }
}

impl Untold {
    /// Writes what is told, until there is nobody left to tell anything: after the last request.
    pub async fn write(mut self, db: Db) {
        let mut batch = Vec::new();
        while self.0.recv_many(&mut batch, WAITING).await > 0 {
            tokio::time::sleep(EVERY).await;
            while let Ok(entry) = self.0.try_recv() {
                batch.push(entry);
            }
            write_batch(&db, together(std::mem::take(&mut batch))).await;
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

/// The like ones as one; and what is too much for its chain as one entry that names nobody.
fn together(batch: Vec<Entry>) -> Vec<Entry> {
    let mut different: Vec<Entry> = Vec::new();
    for entry in batch {
        let of_chain = different.iter().filter(|other| other.chain() == entry.chain()).count();
        let alike = different.iter().position(|other| other.is_like(&entry));
        let entry = if alike.is_none() && of_chain >= DIFFERENT { entry.one_of_many() } else { entry };
        match different.iter_mut().find(|other| other.is_like(&entry)) {
            Some(other) => other.times += 1,
            None => different.push(entry),
        }
    }
    different
}
