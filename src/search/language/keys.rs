//! What a word is known by, in short: enough to tell that it is *not* one that is looked for.
//!
//! A page of hits has thousands of words, of which hardly any answers the query. The forms of a word are five looks into
//! memory away, its keys one, and most of them into the processor's own.

use std::{cell::RefCell, hash::BuildHasher, sync::LazyLock};

use foldhash::quality::RandomState;

use super::words::forms;
use crate::platform::language::Language;

/// How many keys are remembered of a word; one with more may be anything.
const MOST: usize = 11;
/// How many words each thread remembers, 32 bytes each: the usual ones.
const REMEMBERED: usize = 65_536;

static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::default);

thread_local! {
    /// By the lowest bits of its hash, each word in the place of the one before.
    static KNOWN: RefCell<Vec<(u64, Keys)>> = RefCell::new(vec![(0, Keys::default()); REMEMBERED]);
}

/// The keys of a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::search) struct Keys {
    keys: [u16; MOST],
    count: u16,
}

/// The key of a term, of a part or of a spelling in ASCII.
pub(in crate::search) fn key(term: &str) -> u16 {
    let [low, high, ..] = HASHER.hash_one(term).to_le_bytes();
    u16::from_le_bytes([low, high])
}

/// Of terms.
impl<'t> FromIterator<&'t String> for Keys {
    fn from_iter<T: IntoIterator<Item = &'t String>>(terms: T) -> Self {
        let mut keys = Self::default();
        for term in terms {
            if let Some(place) = keys.keys.get_mut(usize::from(keys.count)) {
                *place = key(term);
            }
            keys.count = keys.count.saturating_add(1);
        }
        keys
    }
}

impl Keys {
    /// Of all that a word, as a text has it, can be found by.
    pub(in crate::search) fn of(word: &str, language: Language) -> Self {
        let hash = HASHER.hash_one((word, language == Language::En));
        let at = usize::try_from(hash).unwrap_or_default() % REMEMBERED;
        KNOWN.with_borrow_mut(|known| match known.get_mut(at) {
            Some((of, keys)) if *of == hash => *keys,
            Some(place) => {
                *place = (hash, Self::find(word, language));
                place.1
            }
            None => Self::find(word, language),
        })
    }

    fn find(word: &str, language: Language) -> Self {
        forms(&word.to_lowercase(), language).keys
    }

    /// Whether the word may be one of those whose keys pass.
    pub(in crate::search) fn may_be(&self, passes: impl Fn(u16) -> bool) -> bool {
        let keys = self.keys.get(..usize::from(self.count));
        keys.is_none_or(|keys| keys.iter().any(|key| passes(*key)))
    }
}
