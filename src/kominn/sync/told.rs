//! What a run has done so far, on its way into the record.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{MutexGuard, PoisonError},
};

use super::Context;
use crate::{
    kominn::{
        model::{Counts, Step},
        sharepoint::Failure,
        step_store,
    },
    platform::id::ProjectId,
};

/// How many steps are written at once.
const BATCH: usize = 50;

/// What a run has done so far.
#[derive(Default)]
pub(in crate::kominn) struct Told {
    counts: Counts,
    written: i32,
    steps: Vec<Step>,
    /// Items that are missing, and of which a person must say that they are gone.
    held: BTreeSet<i64>,
    /// Items that were read.
    read: BTreeSet<i64>,
    /// Items that are shown here and no longer there, with their publications.
    hidden: BTreeMap<i64, ProjectId>,
    /// Items that were given up.
    disowned: usize,
    /// Whether something could not be read.
    unread: bool,
}

impl Context<'_> {
    /// Keeps what was done, or would be.
    pub(super) async fn tell(&self, step: Step) -> Result<(), Failure> {
        // What a dry run would make has no id yet.
        let step = Step { item: step.item.filter(|item| *item > 0), ..step };
        let full = {
            let mut told = self.told();
            told.counts.count(step.action);
            told.steps.push(step);
            self.progress.send_replace(told.counts);
            told.steps.len() >= BATCH
        };
        if full { self.flush().await } else { Ok(()) }
    }

    /// Writes the steps that are not written yet.
    pub(in crate::kominn) async fn flush(&self) -> Result<(), Failure> {
        self.check_turn().await?;
        let (first, steps, counts) = {
            let mut told = self.told();
            let steps = std::mem::take(&mut told.steps);
            let first = told.written;
            told.written += i32::try_from(steps.len()).unwrap_or_default();
            (first, steps, told.counts)
        };
        if steps.is_empty() {
            return Ok(());
        }
        let written =
            self.db.system(async |tx| step_store::append(tx, self.run, (first, steps), counts).await);
        Ok(written.await?)
    }

    pub(super) fn hold(&self, item: i64) {
        self.told().held.insert(item);
    }

    /// Nothing is written to it, and nothing refers to it anew.
    pub(super) fn is_held(&self, item: i64) -> bool {
        self.told().held.contains(&item)
    }

    pub(super) fn note_hidden(&self, item: i64, publication: ProjectId) {
        self.told().hidden.insert(item, publication);
    }

    pub(super) fn take_hidden(&self) -> BTreeMap<i64, ProjectId> {
        std::mem::take(&mut self.told().hidden)
    }

    /// One more; how many there are.
    pub(super) fn note_disowned(&self) -> usize {
        let mut told = self.told();
        told.disowned += 1;
        told.disowned
    }

    pub(super) fn note_unread(&self) {
        self.told().unread = true;
    }

    pub(super) fn has_unread(&self) -> bool {
        self.told().unread
    }

    pub(super) fn note_read(&self, items: &[i64]) {
        self.told().read.extend(items);
    }

    pub(super) fn was_read(&self, item: i64) -> bool {
        self.told().read.contains(&item)
    }

    pub(in crate::kominn) fn counts(&self) -> Counts {
        self.told().counts
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
