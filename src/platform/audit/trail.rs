//! What a transaction changed, as digests: what it was before, and what it became; and the entry that tells of it.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use serde::Serialize;

use super::Entry;
use crate::platform::hex::hex;

/// The thing that a transaction is about: what was looked at first, and what was written last.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    before: OnceLock<String>,
    after: Mutex<Option<String>>,
    entry: OnceLock<Entry>,
}

impl Trail {
    pub(crate) fn before(&self, thing: &impl Serialize) {
        self.before.get_or_init(|| hash(thing));
    }

    pub(crate) fn after(&self, thing: &impl Serialize) {
        *self.last() = Some(hash(thing));
    }

    /// Tells of the transaction: written when it commits, and not without it.
    pub(crate) fn tell(&self, entry: Entry) {
        self.entry.get_or_init(|| entry);
    }

    /// What is told, if anything is.
    pub(crate) fn told(&self) -> Option<&Entry> {
        self.entry.get()
    }

    pub(super) fn digests(&self) -> (Option<String>, Option<String>) {
        (self.before.get().cloned(), self.last().clone())
    }

    fn last(&self) -> MutexGuard<'_, Option<String>> {
        self.after.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Of the JSON that the thing is stored as. What cannot be written as JSON cannot be stored either.
fn hash(thing: &impl Serialize) -> String {
    hex(digest(&SHA256, &serde_json::to_vec(thing).unwrap_or_default()).as_ref())
}
