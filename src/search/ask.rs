//! What the index is asked, in terms of its fields.

use super::members::Member;

/// A question to the index.
#[derive(Default)]
pub(super) struct Ask {
    /// A document must answer all of these.
    pub(super) musts: Vec<Need>,
    /// And so many of these.
    pub(super) options: Vec<Need>,
    pub(super) at_least: usize,
    /// And none of these.
    pub(super) excluded: Vec<Source>,
}

/// What is answered by any of its sources: the one that counts most counts whole, the others a little.
#[derive(Default)]
pub(super) struct Need(Vec<Source>);

/// What answers a need.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Source {
    pub(super) what: What,
    /// What the words count; 0 for what is only to be there.
    pub(super) weight: f32,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    /// A term: a word, or a part of a compound.
    Term(String),
    /// Each of them, anywhere.
    Together(Vec<String>),
    /// Words that follow each other.
    Phrase(Vec<String>),
    /// Terms in a member, each of them.
    In(Member, Vec<String>),
    /// A word as it is written, in lower case.
    Surface(String),
}

impl Need {
    /// Adds a source, once, by its greatest weight.
    pub(super) fn add(&mut self, what: What, weight: f32) {
        match self.0.iter_mut().find(|source| source.what == what) {
            Some(known) => known.weight = known.weight.max(weight),
            None => self.0.push(Source { what, weight }),
        }
    }

    pub(super) fn sources(&self) -> &[Source] {
        &self.0
    }
}

impl FromIterator<Source> for Need {
    fn from_iter<T: IntoIterator<Item = Source>>(sources: T) -> Self {
        let mut need = Self::default();
        sources.into_iter().for_each(|Source { what, weight }| need.add(what, weight));
        need
    }
}
