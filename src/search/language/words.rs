//! Words in a text, and what the index keeps of each.

use std::{
    ops::Range,
    sync::{Arc, LazyLock},
};

use quick_cache::sync::Cache;

use super::{
    compounds::split,
    fold::folded,
    keys::Keys,
    stems::{english_stem, plain_stem, stem},
    stop::is_stop_word,
};
use crate::platform::language::Language;

/// Longer "words" are no words, in bytes.
const LONGEST: usize = 80;
/// How many words are remembered with their forms. A text repeats a few thousand again and again.
const REMEMBERED: usize = 50_000;

/// Words with their forms.
type Known = Cache<Box<str>, Arc<Forms>>;

static NORWEGIAN: LazyLock<Known> = LazyLock::new(|| Cache::new(REMEMBERED));
static ENGLISH: LazyLock<Known> = LazyLock::new(|| Cache::new(REMEMBERED));

/// What a word is in the index.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::search) struct Forms {
    /// What all its forms share.
    pub(in crate::search) term: String,
    /// The terms of a compound's parts; none for a simple word.
    pub(in crate::search) parts: Vec<String>,
    /// The term in ASCII, when it has other letters.
    pub(in crate::search) folded: Vec<String>,
    pub(super) keys: Keys,
}

impl Forms {
    fn new(term: String, parts: Vec<String>, folded: Vec<String>) -> Self {
        let keys = [&term].into_iter().chain(&parts).chain(&folded).collect();
        Self { term, parts, folded, keys }
    }
}

/// Runs of letters and digits.
pub(in crate::search) fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut done = 0;
    std::iter::from_fn(move || {
        loop {
            let start = done + text.get(done..)?.find(char::is_alphanumeric)?;
            let word = text.get(start..)?;
            let length = word.find(|c: char| !c.is_alphanumeric()).unwrap_or(word.len());
            done = start + length;
            if length <= LONGEST {
                return Some(start..done);
            }
        }
    })
}

/// What a lowercase word is in the index.
pub(in crate::search) fn forms(word: &str, language: Language) -> Arc<Forms> {
    let (known, analyse): (&Known, fn(&str) -> Forms) = match language {
        Language::En => (&ENGLISH, english),
        Language::Nb | Language::Nn => (&NORWEGIAN, norwegian),
    };
    if let Some(forms) = known.get(word) {
        return forms;
    }
    let forms = Arc::new(analyse(word));
    known.insert(word.into(), forms.clone());
    forms
}

/// The term of a lowercase Norwegian word.
pub(in crate::search) fn term(word: &str) -> String {
    forms(word, Language::Nb).term.clone()
}

/// The term of a lowercase English word.
pub(in crate::search) fn english_term(word: &str) -> String {
    forms(word, Language::En).term.clone()
}

/// The spellings by which a word that was written in ASCII is looked up among folded ones.
pub(in crate::search) fn unfolded(word: &str) -> Vec<String> {
    let mut spellings = vec![word.to_owned(), plain_stem(word), stem(word)];
    spellings.dedup();
    spellings
}

/// English writes its compounds apart.
fn english(word: &str) -> Forms {
    Forms::new(english_stem(word), Vec::new(), Vec::new())
}

fn norwegian(word: &str) -> Forms {
    if is_stop_word(word) {
        // Kept apart, so that møte is not found by every mot.
        return Forms::new(format!("_{}", stem(word)), Vec::new(), Vec::new());
    }
    let parts: Vec<String> = split(word).into_iter().map(stem).collect();
    // A compound's term is made of its parts', so that sjukeheimsplass and sykehjemsplass are one.
    let term = if parts.is_empty() { stem(word) } else { parts.concat() };
    let mut spellings = Vec::new();
    for spelling in [term.as_str(), word, &plain_stem(word)].into_iter().flat_map(folded) {
        if !spellings.contains(&spelling) {
            spellings.push(spelling);
        }
    }
    Forms::new(term, parts, spellings)
}

#[cfg(test)]
mod tests {
    use super::{term, words};

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        let text = "Én e-post, 2 «båter»…";
        let found: Vec<_> = words(text).filter_map(|at| text.get(at)).collect();
        assert_eq!(found, ["Én", "e", "post", "2", "båter"]);
        assert_eq!(words(&"x".repeat(500)).count(), 0);
    }

    #[test]
    fn compounds_of_bokmaal_and_nynorsk_are_one_term() {
        for (bokmaal, nynorsk) in [
            ("sykehjemsplass", "sjukeheimsplassar"),
            ("skolevei", "skulevegen"),
            ("vannlekkasje", "vasslekkasjar"),
            ("hjemmetjeneste", "heimetenestene"),
        ] {
            assert_eq!(term(bokmaal), term(nynorsk));
        }
    }
}
