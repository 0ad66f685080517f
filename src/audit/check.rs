//! Whether a chain is whole, entry by entry.

use super::model::{AuditEntry, hash_after};
use crate::platform::hex::{hex, unhex};

/// Follows a chain from where it begins.
#[derive(Debug, Default)]
pub(super) struct Check {
    position: i64,
    hash: Vec<u8>,
}

impl Check {
    /// From behind a place, whose hash is known.
    pub(super) fn from(position: i64, hash: Vec<u8>) -> Self {
        Self { position, hash }
    }

    /// What is wrong with the next entry, in words that name its place; each entry is judged by the one before it as it
    /// stands, so that one changed entry is one fault.
    pub(super) fn next(&mut self, entry: &AuditEntry) -> Option<String> {
        let (before, expected) = (std::mem::take(&mut self.hash), self.position + 1);
        let claimed = entry.hash.as_deref().and_then(unhex).unwrap_or_default();
        let (position, chain) = (entry.position, &entry.chain);
        self.position = position;
        self.hash.clone_from(&claimed);
        if position > expected {
            let last = position - 1;
            return Some(format!("{chain}: entries {expected} to {last} are missing"));
        }
        if position < expected {
            return Some(format!("{chain}: entry {position} is out of its place"));
        }
        let sealed = hash_after(&before, &entry.text());
        (sealed != claimed).then(|| {
            format!("{chain}: entry {position} is not what was sealed, or does not follow the one before it")
        })
    }

    /// What is wrong with the end, when it should be there.
    pub(super) fn end(&self, chain: &str, position: i64, hash: &[u8]) -> Option<String> {
        if self.position < position {
            return Some(format!("{chain}: entries {} to {position} are missing", self.position + 1));
        }
        if self.position > position {
            return Some(format!("{chain}: entries behind {position} were added"));
        }
        (self.hash != hash).then(|| format!("{chain}: it does not end with the hash {}", hex(hash)))
    }
}
