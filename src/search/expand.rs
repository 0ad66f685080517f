//! From what was written to what is looked for: every word with the other ways to say it.

use super::{
    clause::{Alternative, Clause, How, Pattern, Reach},
    dictionary::Dictionary,
    guess::guesses,
    language::{Forms, Kinship, LONGEST_NAME, english_term, forms, is_stop_word, synonyms, term, unfolded},
    parse::{Question, Wanted},
    rank::number,
};
use crate::platform::language::Language;

/// What counts how much, against the word itself.
const ENGLISH: f32 = 0.9;
const TOGETHER: f32 = 0.6;
const FOLDED: f32 = 0.6;
const SAME: f32 = 0.75;
const NEAR: f32 = 0.35;
/// How many variants of a compound are looked for.
const VARIANTS: usize = 8;

/// The clauses of a question. Stop words make none, unless there is nothing else.
pub(super) fn expand(question: &Question, dictionary: &Dictionary<'_>) -> tantivy::Result<Vec<Clause>> {
    let mut clauses = Vec::new();
    let mut spare = Vec::new();
    let mut rest = question.wanted.as_slice();
    while let Some((first, after)) = rest.split_first() {
        if let Some((clause, after)) = named(rest) {
            clauses.push(clause);
            rest = after;
            continue;
        }
        if is_telling(first) {
            clauses.push(clause(first, after.is_empty(), dictionary)?);
            name_guessed(&mut clauses);
        } else {
            spare.push(first);
        }
        rest = after;
    }
    if clauses.is_empty() {
        for wanted in spare {
            clauses.push(clause(wanted, false, dictionary)?);
        }
    }
    Ok(clauses)
}

/// Whether a hit should be chosen by it: no stop word, and no stray letter.
fn is_telling(wanted: &Wanted) -> bool {
    let stray = |word: &String| is_stop_word(word) || word.chars().count() < 2;
    wanted.quoted || wanted.member.is_some() || !wanted.words.iter().all(stray)
}

/// The longest name of several words that stands at the start, as one clause: what it names has other names.
fn named(wanted: &[Wanted]) -> Option<(Clause, &[Wanted])> {
    let plain = wanted.iter().take_while(|wanted| !wanted.quoted && wanted.member.is_none());
    let words: Vec<&String> = plain.take(LONGEST_NAME).flat_map(|wanted| &wanted.words).collect();
    let norwegian: Vec<String> = words.iter().map(|word| term(word)).collect();
    let english: Vec<String> = words.iter().map(|word| english_term(word)).collect();
    let (name, others) = (2..=words.len()).rev().find_map(|length| {
        let names = [norwegian.get(..length)?, english.get(..length)?];
        names.into_iter().map(|name| (name, synonyms(name))).find(|(_, others)| !others.is_empty())
    })?;
    let (name, length) = (name.to_vec(), name.len());
    let mut alternatives = vec![
        Alternative {
            pattern: Pattern::Phrase(name.clone()),
            how: How::Form,
            weight: 1.0,
            reach: Reach::Close,
        },
        Alternative {
            pattern: Pattern::Together(name),
            how: How::Form,
            weight: TOGETHER,
            reach: Reach::Close,
        },
    ];
    for (kinship, other) in others {
        add_name(&mut alternatives, *kinship, other);
    }
    let text = words.get(..length)?.iter().map(|word| word.as_str()).collect::<Vec<_>>().join(" ");
    Some((Clause { text, member: None, demanded: false, alternatives }, wanted.get(length..)?))
}

/// Gives the last two clauses the other names of what they name when a guess at the last one is right: "kunstig intell"
/// is about to be kunstig intelligens.
fn name_guessed(clauses: &mut [Clause]) {
    let [.., before, last] = clauses else { return };
    if before.demanded || last.demanded {
        return;
    }
    let first = term(&before.text);
    // Its form too: an English stem can be the beginning of a Norwegian one.
    let guessed = last.alternatives.iter().filter(|guess| guess.how != How::Synonym);
    let mut others = Vec::new();
    for Alternative { pattern, .. } in guessed {
        let Pattern::Word(term) = pattern else { continue };
        for (kinship, other) in synonyms(&[first.clone(), term.clone()]) {
            add_name(&mut others, *kinship, other);
        }
    }
    before.alternatives.extend(others.iter().cloned());
    last.alternatives.extend(others);
}

fn clause(wanted: &Wanted, last: bool, dictionary: &Dictionary<'_>) -> tantivy::Result<Clause> {
    let demanded = wanted.quoted || wanted.member.is_some();
    let mut clause =
        Clause { text: wanted.words.join(" "), member: wanted.member, demanded, alternatives: Vec::new() };
    match wanted.words.as_slice() {
        [word] if !wanted.quoted => {
            clause.alternatives = ways(word, &forms(word, Language::Nb));
            let guesses = guesses(word, &clause.alternatives, last, dictionary)?;
            clause.alternatives.extend(guesses);
        }
        words => {
            let terms = words.iter().map(|word| term(word)).collect();
            let english = words.iter().map(|word| english_term(word)).collect();
            clause.alternatives.extend([terms, english].map(|terms| Alternative {
                pattern: Pattern::Phrase(terms),
                how: How::Form,
                weight: 1.0,
                reach: Reach::Close,
            }));
        }
    }
    Ok(clause)
}

/// The ways to say a word that are known without looking into the index.
fn ways(word: &str, forms: &Forms) -> Vec<Alternative> {
    let Forms { term, parts, .. } = forms;
    let way = |pattern, how, weight, reach| Alternative { pattern, how, weight, reach };
    let mut ways = vec![way(Pattern::Word(term.clone()), How::Form, 1.0, Reach::Close)];
    let english = english_term(word);
    if english != *term {
        ways.push(way(Pattern::Word(english.clone()), How::Form, ENGLISH, Reach::Close));
    }
    if parts.len() > 1 {
        ways.push(way(Pattern::Together(parts.clone()), How::Compound, TOGETHER, Reach::Wide));
    }
    let names = [term, &english].map(std::slice::from_ref);
    for (kinship, other) in names.into_iter().flat_map(synonyms) {
        add_name(&mut ways, *kinship, other);
    }
    for variant in variants(parts) {
        ways.push(way(Pattern::Word(variant), How::Synonym, SAME, Reach::Close));
    }
    if word.is_ascii() {
        let folded = |spelling| way(Pattern::Folded(spelling), How::Folded, FOLDED, Reach::Close);
        ways.extend(unfolded(word).into_iter().map(folded));
    }
    ways
}

/// A compound with another name of the same in the place of one of its parts: trafikktryggleik for trafikksikkerhet.
fn variants(parts: &[String]) -> Vec<String> {
    let replaced = |(at, part): (usize, &String)| {
        let others = synonyms(std::slice::from_ref(part)).iter();
        let same = others.filter(|(kinship, other)| *kinship == Kinship::Same && other.len() == 1);
        same.map(move |(_, other)| {
            [
                parts.get(..at).unwrap_or_default().concat(),
                other.concat(),
                parts.get(at + 1..).unwrap_or_default().concat(),
            ]
            .concat()
        })
        .collect::<Vec<_>>()
    };
    parts.iter().enumerate().flat_map(replaced).take(VARIANTS).collect()
}

fn add_name(ways: &mut Vec<Alternative>, kinship: Kinship, name: &[String]) {
    let (weight, reach) = match kinship {
        Kinship::Same => (SAME, Reach::Close),
        Kinship::Near => (NEAR, Reach::Wide),
    };
    let pattern = match name {
        [term] => Pattern::Word(term.clone()),
        terms => Pattern::Phrase(terms.to_vec()),
    };
    // A phrase counts for all its words: a long name must not outweigh the word itself.
    let weight = weight / number(u64::try_from(name.len()).unwrap_or(1));
    ways.push(Alternative { pattern, how: How::Synonym, weight, reach });
}
