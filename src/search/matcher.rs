//! Which words of a hit answer which words of the query, and how.

use std::{collections::BTreeMap, ops::Range};

use super::{
    clause::{Clause, How, Pattern},
    language::{english, forms, words},
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

/// What was found out about words: looked up, never listed.
#[expect(clippy::disallowed_types, reason = "a BTreeMap takes a tenth of a search; its order is never seen")]
type Known = std::collections::HashMap<Box<str>, Option<Reason>>;

/// Finds the words of texts that answer a query.
pub(super) struct Matcher<'c> {
    clauses: &'c [Clause],
    words: BTreeMap<&'c str, Reason>,
    parts: BTreeMap<&'c str, Reason>,
    folded: BTreeMap<&'c str, Reason>,
    phrases: Vec<(&'c [String], Reason)>,
    /// What was found out about words of texts, Norwegian and English ones: texts repeat their words.
    norwegian: Known,
    english: Known,
    /// The word at hand in lower case; kept to spare an allocation for each.
    lower: String,
}

impl<'c> Matcher<'c> {
    pub(super) fn new(clauses: &'c [Clause]) -> Self {
        let mut matcher = Self {
            clauses,
            words: BTreeMap::new(),
            parts: BTreeMap::new(),
            folded: BTreeMap::new(),
            phrases: Vec::new(),
            norwegian: Known::new(),
            english: Known::new(),
            lower: String::new(),
        };
        for (at, clause) in clauses.iter().enumerate() {
            for alternative in &clause.alternatives {
                matcher.learn(&alternative.pattern, Reason { clause: at, how: alternative.how });
            }
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
    pub(super) fn matches(&mut self, text: &str, member: Member, language: Language) -> Vec<Match> {
        let mut matches: Vec<Match> = Vec::new();
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

    fn reason(&mut self, word: &str, language: Language) -> Option<Reason> {
        self.lower.clear();
        self.lower.extend(word.chars().flat_map(char::to_lowercase));
        let known = if language == Language::En { &mut self.english } else { &mut self.norwegian };
        if let Some(reason) = known.get(self.lower.as_str()) {
            return *reason;
        }
        let reason = find(&self.words, &self.parts, &self.folded, &self.lower, language);
        let reason = reason.map(|reason| match self.clauses.get(reason.clause) {
            Some(clause) if reason.how == How::Form && clause.text == self.lower => {
                Reason { how: How::Word, ..reason }
            }
            _ => reason,
        });
        known.insert(self.lower.as_str().into(), reason);
        reason
    }

    /// Adds the words of phrases, where they follow each other.
    fn find_phrases(&self, text: &str, member: Member, language: Language, matches: &mut Vec<Match>) {
        let places: Vec<Range<usize>> = words(text).collect();
        let terms: Vec<String> =
            places.iter().filter_map(|at| text.get(at.clone())).map(|word| term(word, language)).collect();
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

/// Keeps the closest reason.
fn keep<'c>(known: &mut BTreeMap<&'c str, Reason>, term: &'c str, reason: Reason) {
    let kept = known.entry(term).or_insert(reason);
    if reason.how < kept.how {
        *kept = reason;
    }
}

fn find(
    words: &BTreeMap<&str, Reason>,
    parts: &BTreeMap<&str, Reason>,
    folded: &BTreeMap<&str, Reason>,
    word: &str,
    language: Language,
) -> Option<Reason> {
    if language == Language::En {
        return words.get(english(word).as_str()).copied();
    }
    let forms = forms(word);
    let whole = words.get(forms.term.as_str());
    let pieces = forms.parts.iter().filter_map(|part| parts.get(part.as_str()));
    let spellings = forms.folded.iter().filter_map(|spelling| folded.get(spelling.as_str()));
    whole.into_iter().chain(pieces).chain(spellings).min_by_key(|reason| reason.how).copied()
}

fn term(word: &str, language: Language) -> String {
    let word = word.to_lowercase();
    if language == Language::En { english(&word) } else { forms(&word).term.clone() }
}
