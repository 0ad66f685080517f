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
    platform::id::{MunicipalityId, ProjectId},
};

/// How many steps are written at once.
const BATCH: usize = 50;

/// What a run has done so far.
#[derive(Default)]
pub(in crate::kominn) struct Told {
    counts: Counts,
    written: i32,
    steps: Vec<Step>,
    /// Items of ours that are found to be gone: a dry run writes it nowhere else.
    gone: BTreeSet<i64>,
    /// Publications whose items a dry run would find again.
    adopted: BTreeSet<ProjectId>,
    /// What a dry run would create, with what each imitates.
    created: BTreeMap<ProjectId, (MunicipalityId, Vec<ProjectId>)>,
}

impl Context<'_> {
    /// Keeps what was done, or would be.
    pub(super) async fn tell(&self, step: Step) -> Result<(), Failure> {
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

    pub(in crate::kominn) fn counts(&self) -> Counts {
        self.told().counts
    }

    pub(super) fn is_gone(&self, item: i64) -> bool {
        self.told().gone.contains(&item)
    }

    pub(super) fn note_gone(&self, item: i64) {
        self.told().gone.insert(item);
    }

    pub(super) fn would_adopt(&self, project: ProjectId) {
        self.told().adopted.insert(project);
    }

    pub(super) fn is_adopted(&self, project: ProjectId) -> bool {
        self.told().adopted.contains(&project)
    }

    pub(super) fn would_create(&self, id: ProjectId, owner: MunicipalityId, origins: Vec<ProjectId>) {
        self.told().created.insert(id, (owner, origins));
    }

    /// What a dry run would create.
    pub(super) fn created(&self) -> BTreeMap<ProjectId, (MunicipalityId, Vec<ProjectId>)> {
        self.told().created.clone()
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
