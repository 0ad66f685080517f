//! What a transaction changed, as digests: what it was before, and what it became.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use serde::Serialize;

/// The thing that a transaction is about: what was looked at first, and what was written last.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    before: OnceLock<Vec<u8>>,
    after: Mutex<Option<Vec<u8>>>,
}

impl Trail {
    pub(crate) fn before(&self, thing: &impl Serialize) {
        self.before.get_or_init(|| hash(thing));
    }

    pub(crate) fn after(&self, thing: &impl Serialize) {
        *self.last() = Some(hash(thing));
    }

    pub(super) fn digests(&self) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
        (self.before.get().cloned(), self.last().clone())
    }

    fn last(&self) -> MutexGuard<'_, Option<Vec<u8>>> {
        self.after.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Of the JSON that the thing is stored as. What cannot be written as JSON cannot be stored either.
fn hash(thing: &impl Serialize) -> Vec<u8> {
    digest(&SHA256, &serde_json::to_vec(thing).unwrap_or_default()).as_ref().to_vec()
}
