//! What every part of a run has at hand.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use crate::{
    kominn::{
        config::Target,
        inbound::Inbound,
        model::{Counts, Key, Step},
        names::Column,
        outbound::Outbound,
        run_store,
        sharepoint::{Failure, Schema, Site},
    },
    platform::{
        db::{Db, Session},
        directory::Directory,
        id::{MunicipalityId, ProjectId},
    },
};

/// How many steps are written at once.
const BATCH: usize = 50;

/// A run of a target.
pub(in crate::kominn) struct Context<'a> {
    pub(in crate::kominn) db: &'a Db,
    /// Holds the turn of the target.
    pub(in crate::kominn) turn: &'a Session,
    pub(in crate::kominn) target: &'a Target,
    pub(in crate::kominn) link: &'a str,
    pub(in crate::kominn) site: Site,
    pub(in crate::kominn) schema: Schema,
    pub(in crate::kominn) directory: Directory,
    /// Who owns here what is read there.
    pub(in crate::kominn) source: MunicipalityId,
    pub(in crate::kominn) run: Key,
    /// Nothing is written, here or there, but what would be.
    pub(in crate::kominn) dry: bool,
    /// Also when an unusual share of what is shown would vanish.
    pub(in crate::kominn) unbraked: bool,
    pub(in crate::kominn) progress: watch::Sender<Counts>,
    pub(in crate::kominn) told: Mutex<Told>,
}

/// What a run has done so far.
#[derive(Default)]
pub(in crate::kominn) struct Told {
    counts: Counts,
    written: i32,
    steps: Vec<Step>,
    /// Items of ours that are found to be gone: a dry run writes it nowhere else.
    gone: BTreeSet<i64>,
    /// What a dry run would create, with what each imitates.
    created: BTreeMap<ProjectId, (MunicipalityId, Vec<ProjectId>)>,
}

impl Context<'_> {
    pub(super) fn outbound(&self) -> Outbound<'_> {
        Outbound { target: self.target, schema: &self.schema, directory: &self.directory, link: self.link }
    }

    pub(super) fn inbound(&self) -> Inbound<'_> {
        Inbound { target: self.target, schema: &self.schema }
    }

    pub(super) fn name(&self, column: Column) -> &'static str {
        column.name(self.target.profile)
    }

    /// What is read of items of ours: what we write there, and a contact only where that is ours too.
    pub(super) fn own_names(&self) -> Vec<&'static str> {
        let contact = [Column::Mail, Column::Department];
        let own = Column::ALL.iter().filter(|column| self.target.contact || !contact.contains(column));
        own.map(|column| self.name(*column)).collect()
    }

    /// By which fields and choices, and by which words of the configuration, an item is written.
    pub(super) fn mapping(&self) -> String {
        let Target { benefits, contact, marker, .. } = self.target;
        self.schema.fingerprint(&format!("{benefits:?} {contact} {marker:?} {}", self.link))
    }

    /// Before every write to the site: that nobody else writes there now.
    pub(super) async fn check_turn(&self) -> Result<(), Failure> {
        Ok(self.turn.check().await?)
    }

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
            self.db.system(async |tx| run_store::append(tx, self.run, (first, steps), counts).await);
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
