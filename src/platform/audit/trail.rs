//! What a transaction changed, as digests: what it was before, and what it became; and the entry that tells of it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::Entry;
use crate::platform::{fingerprint::digest_of, id::MunicipalityId};

/// The thing that a transaction is about: what was looked at first, and what was written last.
#[derive(Debug, Default)]
pub(crate) struct Trail(Mutex<Inside>);

#[derive(Debug, Default)]
struct Inside {
    before: Option<String>,
    after: Option<String>,
    gone: bool,
    rehearsed: bool,
    /// Whose it is besides the caller's.
    concerned: Option<MunicipalityId>,
    told: Vec<Entry>,
}

impl Trail {
    pub(crate) fn before(&self, thing: &impl Serialize) {
        self.inside().before.get_or_insert_with(|| hash(thing));
    }

    pub(crate) fn after(&self, thing: &impl Serialize) {
        self.inside().after = Some(hash(thing));
    }

    /// Nothing is left of it.
    pub(crate) fn gone(&self) {
        self.inside().gone = true;
    }

    /// Nothing is written, so there is nothing to tell.
    pub(crate) fn rehearsed(&self) {
        self.inside().rehearsed = true;
    }

    /// That this municipality's trail is told as well: an operator acts on what is its own.
    pub(crate) fn concerns(&self, municipality: Option<MunicipalityId>) {
        self.inside().concerned = municipality;
    }

    /// Tells of the transaction: written when it commits, and not without it.
    pub(crate) fn tell(&self, entry: Entry) {
        let mut inside = self.inside();
        if inside.rehearsed {
            return;
        }
        let after = if inside.gone { None } else { inside.after.clone().or_else(|| inside.before.clone()) };
        let entry = entry.changed(inside.before.clone(), after);
        let copy = inside.concerned.map(|municipality| entry.clone().in_chain_of(municipality));
        inside.told.extend(copy);
        inside.told.push(entry);
    }

    /// What is told, if anything is: for the commit, which asks once.
    pub(crate) fn take_told(&self) -> Vec<Entry> {
        std::mem::take(&mut self.inside().told)
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Of the JSON that the thing is stored as. What cannot be written as JSON cannot be stored either.
fn hash(thing: &impl Serialize) -> String {
    digest_of(&serde_json::to_vec(thing).unwrap_or_default())
}
