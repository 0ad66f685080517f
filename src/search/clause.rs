//! What is looked for: the parts of a query, each with all that answers it.

use serde::{Deserialize, Serialize};

use super::members::Member;
use crate::platform::closed::closed;

closed! {
    /// How a word of a hit answers a word of the query. From the closest to the farthest.
    pub enum How {
        /// It is the word itself.
        Word = "word",
        /// Another form of it, in bokmål or nynorsk.
        Form = "form",
        /// A compound that it is part of, or one of its own parts.
        Compound = "compound",
        /// The word with its Norwegian letters.
        Folded = "folded",
        /// Another name of the same, or of something near.
        Synonym = "synonym",
        /// A word that begins so.
        Prefix = "prefix",
        /// A word that is written nearly so.
        Typo = "typo",
    }
}

/// How far from its words a search reaches: no farther than it must to find something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Reach {
    /// The words, and what says the same.
    #[default]
    Close,
    /// What is near, and the parts of a compound wherever they stand.
    Wide,
    /// Any part of a compound.
    Loose,
}

/// What a hit may hold, as terms of the index.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Pattern {
    /// A word, or a part of a compound.
    Word(String),
    /// A word in ASCII.
    Folded(String),
    /// Words that follow each other; one stands for itself, and not for a compound with it.
    Phrase(Vec<String>),
    /// Each of them, as a word or as a part, anywhere.
    Together(Vec<String>),
}

/// A way to answer a part of the query.
#[derive(Debug, Clone)]
pub(super) struct Alternative {
    pub(super) pattern: Pattern,
    pub(super) how: How,
    pub(super) weight: f32,
    /// The least that a search must reach for to take it.
    pub(super) reach: Reach,
}

/// A part of the query with all that answers it.
#[derive(Debug)]
pub(super) struct Clause {
    /// As it was written, in lower case.
    pub(super) text: String,
    pub(super) member: Option<Member>,
    /// Whether it was demanded, by quotation marks or a member; else some clauses may be missing from a hit.
    pub(super) demanded: bool,
    pub(super) alternatives: Vec<Alternative>,
}

impl Clause {
    /// Whether reaching so far finds more than reaching less far. Loosely, the parts of compounds stand alone.
    pub(super) fn reaches(&self, reach: Reach) -> bool {
        let loose = |way: &Alternative| reach == Reach::Loose && matches!(way.pattern, Pattern::Together(_));
        self.alternatives.iter().any(|way| way.reach == reach || loose(way))
    }
}
