//! What a word may have been meant to be.

use super::{
    clause::{Alternative, How, Pattern, Reach},
    dictionary::Dictionary,
    language::term,
    tokens::folded,
};

const PREFIX: f32 = 0.5;
const TYPO: f32 = 0.5;

/// How many words a beginning, or a typing error, may stand for.
const BEGINNINGS: usize = 40;
const CORRECTIONS: usize = 5;
/// Shorter beginnings stand for too much, in characters.
const SHORTEST_PREFIX: usize = 3;

/// What a word that no document has may have been meant to be: the last one may be unfinished, any may be mistyped.
/// A compound whose parts are known is not mistyped, and may yet be unfinished.
pub(super) fn guesses(
    word: &str,
    ways: &[Alternative],
    last: bool,
    dictionary: &Dictionary<'_>,
) -> tantivy::Result<Vec<Alternative>> {
    let mut apart = false;
    for Alternative { pattern, .. } in ways.iter().filter(|way| way.how != How::Synonym) {
        let known = is_known(pattern, dictionary)?;
        if known && !matches!(pattern, Pattern::Together(_)) {
            return Ok(Vec::new());
        }
        apart |= known;
    }
    if last && word.chars().count() >= SHORTEST_PREFIX {
        let begun = dictionary.beginning_with(word, BEGINNINGS)?;
        if !begun.is_empty() {
            return Ok(guessed(&begun, How::Prefix, PREFIX));
        }
    }
    if apart {
        return Ok(Vec::new());
    }
    Ok(guessed(&dictionary.near(word, CORRECTIONS)?, How::Typo, TYPO))
}

fn is_known(pattern: &Pattern, dictionary: &Dictionary<'_>) -> tantivy::Result<bool> {
    match pattern {
        Pattern::Word(term) => dictionary.has(term),
        Pattern::Folded(spelling) => dictionary.has(&folded(spelling)),
        Pattern::Phrase(terms) | Pattern::Together(terms) => {
            for term in terms {
                if !dictionary.has(term)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
    }
}

fn guessed(words: &[String], how: How, weight: f32) -> Vec<Alternative> {
    let mut terms: Vec<String> = words.iter().map(|word| term(word)).collect();
    terms.sort_unstable();
    terms.dedup();
    let guess = |term| Alternative { pattern: Pattern::Word(term), how, weight, reach: Reach::Close };
    terms.into_iter().map(guess).collect()
}
