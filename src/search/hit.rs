//! A hit, and why it is one.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    clause::{Clause, How},
    document::{Card, Stored, Uptake},
    highlight::highlight,
    matcher::{Match, Matcher},
};
use crate::{municipalities::MunicipalityRef, platform::directory::Directory};

/// How many different words of a member are named.
const NAMED: usize = 10;

/// A publication that was found.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Hit {
    #[serde(flatten)]
    pub(super) card: Card,
    pub(super) municipality: MunicipalityRef,
    #[serde(flatten)]
    pub(super) uptake: Uptake,
    /// Where words matched, by member: HTML with `<mark>`, everything else escaped.
    pub(super) highlights: BTreeMap<&'static str, String>,
    /// Which members matched, with which words, and how.
    pub(super) matched: Vec<Matched>,
}

/// A member that matched.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Matched {
    /// The member of the publication.
    pub(super) field: &'static str,
    /// Its words that answer the query, each once: the first ten.
    pub(super) words: Vec<MatchedWord>,
}

/// A word that answers the query.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct MatchedWord {
    /// As it stands in the publication, in lower case.
    pub(super) word: String,
    /// What of the query it answers.
    pub(super) query: String,
    /// `word` (the same), `form` (another form, in bokmål or nynorsk), `compound` (a part, or the whole),
    /// `folded` (with its Norwegian letters), `synonym`, `prefix` or `typo`.
    #[schema(inline)]
    pub(super) how: How,
}

pub(super) fn hit(
    directory: &Directory,
    clauses: &[Clause],
    matcher: &Matcher<'_>,
    stored: Stored,
    uptake: Uptake,
) -> Hit {
    let municipality = MunicipalityRef::of(directory, stored.municipality);
    let (mut highlights, mut matched) = (BTreeMap::new(), Vec::new());
    for (member, text) in stored.members(&municipality.name) {
        let matches = matcher.matches(&text, member, stored.card.language);
        if let Some(html) = highlight(&text, &matches) {
            highlights.insert(member.code(), html);
            matched.push(Matched { field: member.code(), words: named(&text, clauses, &matches) });
        }
    }
    Hit { card: stored.card, municipality, uptake, highlights, matched }
}

fn named(text: &str, clauses: &[Clause], matches: &[Match]) -> Vec<MatchedWord> {
    let mut named = Vec::new();
    for found in matches {
        let (Some(word), Some(clause)) = (text.get(found.at.clone()), clauses.get(found.reason.clause))
        else {
            continue;
        };
        let word =
            MatchedWord { word: word.to_lowercase(), query: clause.text.clone(), how: found.reason.how };
        if named.len() < NAMED && !named.contains(&word) {
            named.push(word);
        }
    }
    named
}

/// The query with its typing errors mended. Only by words of hits, which the caller may see.
pub(super) fn correction(asked: &str, hits: &[Hit]) -> Option<String> {
    let mut mended = asked.to_lowercase();
    let words = hits.iter().flat_map(|hit| &hit.matched).flat_map(|matched| &matched.words);
    let mut done: Vec<&str> = Vec::new();
    for MatchedWord { word, query, .. } in words.filter(|word| word.how == How::Typo) {
        if !done.contains(&query.as_str()) {
            mended = mended.replacen(query.as_str(), word, 1);
            done.push(query);
        }
    }
    (!done.is_empty()).then_some(mended)
}
