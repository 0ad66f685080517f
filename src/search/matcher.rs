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

/// The numbers that hold a bit for each key.
const KEYS: usize = 64;

/// Reasons by term.
type Reasons<'c> = BTreeMap<&'c str, Reason>;

/// Finds the words of texts that answer a query.
pub(super) struct Matcher<'c> {
    clauses: &'c [Clause],
    words: Reasons<'c>,
    parts: Reasons<'c>,
    folded: Reasons<'c>,
    phrases: Vec<(&'c [String], Reason)>,
    /// The keys of all that is looked for, a bit each: most words of a text have none of them.
    keys: [u64; KEYS],
}

impl<'c> Matcher<'c> {
    pub(super) fn new(clauses: &'c [Clause]) -> Self {
        let mut matcher = Self {
            clauses,
            words: Reasons::new(),
            parts: Reasons::new(),
            folded: Reasons::new(),
            phrases: Vec::new(),
            keys: [0; KEYS],
        };
        for (at, clause) in clauses.iter().enumerate() {
            for alternative in &clause.alternatives {
                matcher.learn(&alternative.pattern, Reason { clause: at, how: alternative.how });
            }
        }
        for term in matcher.words.keys().chain(matcher.folded.keys()) {
            let (at, bit) = place(key(term));
            matcher.keys.iter_mut().skip(at).take(1).for_each(|keys| *keys |= bit);
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
        let mut matches: Vec<Match> = Vec::new();
        let language = member.language(language);
        for at in words(text) {
            let Some(word) = text.get(at.clone()) else { continue };
            if let Some(reason) =
                self.reason(word, language).filter(|reason| self.may_stand_in(*reason, member))
            {
                matches.push(Match { at, reason });
            }
        }
        if !self.phrases.is_empty() {
            self.find_phrases(text, member, language, &mut matches);
        }
        matches
    }

    fn may_stand_in(&self, reason: Reason, member: Member) -> bool {
        self.clauses.get(reason.clause).and_then(|clause| clause.member).is_none_or(|wanted| wanted == member)
    }

    fn reason(&self, word: &str, language: Language) -> Option<Reason> {
        let passes = |key: u16| {
            let (at, bit) = place(key);
            self.keys.get(at).is_some_and(|keys| keys & bit != 0)
        };
        if !Keys::of(word, language).may_be(passes) {
            return None;
        }
        self.find(&word.to_lowercase(), language)
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

    /// Adds the words of phrases, where they follow each other.
    fn find_phrases(&self, text: &str, member: Member, language: Language, matches: &mut Vec<Match>) {
        let places: Vec<Range<usize>> = words(text).collect();
        let all = places.iter().filter_map(|at| text.get(at.clone()));
        let terms: Vec<String> = all.map(|word| forms(&word.to_lowercase(), language).term.clone()).collect();
        for (phrase, reason) in self.phrases.iter().filter(|(_, reason)| self.may_stand_in(*reason, member)) {
            let starts = terms.windows(phrase.len()).enumerate().filter(|(_, window)| window == phrase);
            for at in starts.flat_map(|(start, window)| places.iter().skip(start).take(window.len())) {
                if !matches.iter().any(|found| found.at == *at) {
                    matches.push(Match { at: at.clone(), reason: *reason });
                }
            }
        }
        matches.sort_by_key(|found| found.at.start);
    }
}

/// Where a key has its bit.
fn place(key: u16) -> (usize, u64) {
    (usize::from(key) / 64 % KEYS, 1 << (key % 64))
}

/// Keeps the closest reason.
fn keep<'c>(known: &mut Reasons<'c>, term: &'c str, reason: Reason) {
    let kept = known.entry(term).or_insert(reason);
    if reason.how < kept.how {
        *kept = reason;
    }
}
