//! Which words of a hit answer which words of the query, and how.

use std::{collections::BTreeMap, ops::Range};

use super::{
    clause::{Clause, How, Pattern},
    language::{Keys, forms, key, words},
    members::Member,
};
use crate::platform::language::Language;

/// Why a word matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reason {
    /// Which clause it answers.
    pub(super) clause: usize,
    pub(super) how: How,
}

impl Reason {
    /// The same for a compound that the word is part of.
    fn of_part(self) -> Self {
        Self { how: if self.how == How::Form { How::Compound } else { self.how }, ..self }
    }
}

/// A word of a text that matches.
#[derive(Debug)]
pub(super) struct Match {
    pub(super) at: Range<usize>,
    pub(super) reason: Reason,
}

/// Reasons by term.
type Reasons<'c> = BTreeMap<&'c str, Reason>;

/// Finds the words of texts that answer a query.
pub(super) struct Matcher<'c> {
    clauses: &'c [Clause],
    words: Reasons<'c>,
    parts: Reasons<'c>,
    folded: Reasons<'c>,
    phrases: Vec<(&'c [String], Reason)>,
    /// What a word must pass to be looked at: most have nothing that is looked for.
    terms: Sieve,
    /// And to be the first of a phrase.
    begins: Sieve,
}

impl<'c> Matcher<'c> {
    pub(super) fn new(clauses: &'c [Clause]) -> Self {
        let mut matcher = Self {
            clauses,
            words: Reasons::new(),
            parts: Reasons::new(),
            folded: Reasons::new(),
            phrases: Vec::new(),
            terms: Sieve::default(),
            begins: Sieve::default(),
        };
        for (at, clause) in clauses.iter().enumerate() {
            for alternative in &clause.alternatives {
                matcher.learn(&alternative.pattern, Reason { clause: at, how: alternative.how });
            }
        }
        for term in matcher.words.keys().chain(matcher.folded.keys()) {
            matcher.terms.add(term);
        }
        for first in matcher.phrases.iter().filter_map(|(phrase, _)| phrase.first()) {
            matcher.begins.add(first);
        }
        matcher
    }

    fn learn(&mut self, pattern: &'c Pattern, reason: Reason) {
        match pattern {
            Pattern::Word(term) => {
                keep(&mut self.words, term, reason);
                keep(&mut self.parts, term, reason.of_part());
            }
            Pattern::Folded(term) => keep(&mut self.folded, term, reason),
            Pattern::Phrase(terms) => self.phrases.push((terms, reason)),
            Pattern::Together(terms) => {
                for term in terms {
                    keep(&mut self.words, term, reason);
                    keep(&mut self.parts, term, reason.of_part());
                }
            }
        }
    }

    /// The matches in a member of a publication, in their order.
    pub(super) fn matches(&self, text: &str, member: Member, language: Language) -> Vec<Match> {
        let (mut matches, mut phrases) = (Vec::new(), Vec::new());
        let language = member.language(language);
        for at in words(text) {
            let Some(word) = text.get(at.clone()) else { continue };
            let keys = Keys::of(word, language);
            if self.begins.may_hold(&keys) {
                self.find_phrases((text, at.start), member, language, &mut phrases);
            }
            if self.terms.may_hold(&keys)
                && let Some(reason) = self.find(&word.to_lowercase(), language)
                && self.may_stand_in(reason, member)
            {
                matches.push(Match { at, reason });
            }
        }
        for word in phrases {
            if !matches.iter().any(|found: &Match| found.at == word.at) {
                matches.push(word);
            }
        }
        matches.sort_by_key(|found| found.at.start);
        matches
    }

    fn may_stand_in(&self, reason: Reason, member: Member) -> bool {
        self.clauses.get(reason.clause).and_then(|clause| clause.member).is_none_or(|wanted| wanted == member)
    }

    fn find(&self, lower: &str, language: Language) -> Option<Reason> {
        let forms = forms(lower, language);
        let whole = self.words.get(forms.term.as_str());
        let pieces = forms.parts.iter().filter_map(|part| self.parts.get(part.as_str()));
        let spellings = forms.folded.iter().filter_map(|spelling| self.folded.get(spelling.as_str()));
        let closest = whole.into_iter().chain(pieces).chain(spellings).min_by_key(|reason| reason.how)?;
        let as_asked = self.clauses.get(closest.clause).is_some_and(|clause| clause.text == lower);
        let how = if closest.how == How::Form && as_asked { How::Word } else { closest.how };
        Some(Reason { how, ..*closest })
    }

    /// Adds the words of the phrases that begin at a place.
    fn find_phrases(
        &self,
        (text, start): (&str, usize),
        member: Member,
        language: Language,
        found: &mut Vec<Match>,
    ) {
        let rest = text.get(start..).unwrap_or_default();
        for (phrase, reason) in self.phrases.iter().filter(|(_, reason)| self.may_stand_in(*reason, member)) {
            let is_it = |(at, term): &(Range<usize>, &String)| {
                let word = rest.get(at.clone()).unwrap_or_default();
                forms(&word.to_lowercase(), language).term == **term
            };
            let places: Vec<_> = words(rest).zip(*phrase).take_while(is_it).map(|(at, _)| at).collect();
            if places.len() == phrase.len() {
                let word = |at: Range<usize>| Match { at: start + at.start..start + at.end, reason: *reason };
                found.extend(places.into_iter().map(word));
            }
        }
    }
}

/// A bit for each key of some terms.
struct Sieve([u64; Self::LENGTH]);

impl Sieve {
    const LENGTH: usize = 64;

    fn add(&mut self, term: &str) {
        let (at, bit) = Self::place(key(term));
        self.0.iter_mut().skip(at).take(1).for_each(|bits| *bits |= bit);
    }

    /// Whether a word with these keys may be one of the terms.
    fn may_hold(&self, keys: &Keys) -> bool {
        keys.may_be(|key| {
            let (at, bit) = Self::place(key);
            self.0.get(at).is_some_and(|bits| bits & bit != 0)
        })
    }

    fn place(key: u16) -> (usize, u64) {
        (usize::from(key) / 64 % Self::LENGTH, 1 << (key % 64))
    }
}

impl Default for Sieve {
    fn default() -> Self {
        Self([0; Self::LENGTH])
    }
}

/// Keeps the closest reason.
fn keep<'c>(known: &mut Reasons<'c>, term: &'c str, reason: Reason) {
    let kept = known.entry(term).or_insert(reason);
    if reason.how < kept.how {
        *kept = reason;
    }
}
