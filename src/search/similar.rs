//! What a text is about, and which publications are about the same: by the words that tell most about it.

use std::{borrow::Cow, collections::BTreeMap};

use super::{
    ask::Ask,
    best::Best,
    clause::{Alternative, Clause, How, Pattern, Reach},
    dictionary::Dictionary,
    document::{Stored, texts},
    engine::Engine,
    language::{forms, is_stop_word, words},
    matching::needs,
    members::Member,
    rank::number,
    viewer::Viewer,
};
use crate::{
    platform::{error::Result, language::Language},
    projects::{Content, Tag},
};

/// How many words are looked up in the index, and how many of those are looked for.
const CANDIDATES: usize = 150;
const TELLING: usize = 25;
/// How many of them a hit has at least: one alone is chance.
const LEAST: usize = 2;
/// How many shared words are named.
const NAMED: usize = 10;
/// What a part of a compound counts against the compound, and a compound against its part.
const PART: f32 = 0.5;
/// Words of fewer publications than about this are alike: else a name, or a typing error, would outweigh the rest.
const RARE: u64 = 5;
/// What stands in one of so many is rare enough.
const RAREST: f32 = 4096.0;

/// The texts that something similar is looked for to.
pub(super) struct Subject {
    pub(super) language: Language,
    pub(super) texts: Vec<(Member, String)>,
}

/// What is similar to a subject, best first.
pub(super) struct Near {
    /// The words that tell most about it, each with its share of what they tell, as terms and as clauses.
    pub(super) terms: Vec<(String, f32)>,
    pub(super) clauses: Vec<Clause>,
    pub(super) hits: Vec<Best>,
}

/// What a publication has in common with a subject.
pub(super) struct Overlap {
    /// The words of the publication, in lower case, the most telling first.
    pub(super) shared: Vec<String>,
    /// How much of what the subject's words tell, 0 to 1.
    pub(super) share: f32,
}

/// A word of a text: how much is made of it, and how it stands there first.
struct Word {
    weight: f32,
    text: String,
}

impl From<&Content> for Subject {
    fn from(content: &Content) -> Self {
        let tags: Vec<&str> = content.tags.iter().map(Tag::as_str).collect();
        let mut all = texts(content);
        all.push((Member::Title, content.title.as_str().to_owned()));
        all.push((Member::Tags, tags.join(", ")));
        all.extend(content.summary.as_ref().map(|text| (Member::Summary, text.as_str().to_owned())));
        Self { language: content.language, texts: all }
    }
}

impl Engine {
    /// The publications that are about the same as a subject, at most `keep`, of those that the viewer may see.
    pub(super) fn near(&self, viewer: &Viewer, subject: &Subject, keep: usize) -> Result<Near> {
        let (mut terms, mut clauses) = (Vec::new(), Vec::new());
        let hits = self.best(viewer, keep, |dictionary| {
            for (term, word) in telling(subject, dictionary)? {
                clauses.push(clause(&term, &word));
                terms.push((term, word.weight));
            }
            Ok(ask(&clauses))
        })?;
        Ok(Near { terms, clauses, hits })
    }
}

/// What a publication shares of the telling terms, as words or as parts of words.
pub(super) fn overlap(terms: &[(String, f32)], stored: &Stored) -> Overlap {
    let mut words = words_of(stored.members(""), stored.card.language);
    let (mut shared, mut share) = (Vec::new(), 0.0_f32);
    for (term, weight) in terms {
        let Some(Word { text, .. }) = words.remove(term) else { continue };
        share += weight;
        if shared.len() < NAMED && !shared.contains(&text) {
            shared.push(text);
        }
    }
    Overlap { shared, share: share.min(1.0) }
}

/// To two decimals: more would only look exact.
pub(super) fn rounded(share: f32) -> f32 {
    (share * 100.0).round() / 100.0
}

/// The words that tell most about a subject, with their shares of it: said often, and by few others.
fn telling(subject: &Subject, dictionary: &Dictionary<'_>) -> tantivy::Result<Vec<(String, Word)>> {
    let texts = subject.texts.iter().map(|(member, text)| (*member, Cow::from(text)));
    let mut words: Vec<(String, Word)> = words_of(texts, subject.language).into_iter().collect();
    // Of those that are said as often, the long ones tell more.
    words.sort_by(|(a, one), (b, other)| {
        other.weight.total_cmp(&one.weight).then_with(|| b.len().cmp(&a.len()))
    });
    words.truncate(CANDIDATES);
    for (term, word) in &mut words {
        // The root, because what is said four times is not said four times as much.
        word.weight = word.weight.sqrt() * rarity(dictionary, term)?;
    }
    words.sort_by(|(_, one), (_, other)| other.weight.total_cmp(&one.weight));
    words.truncate(TELLING);
    let total: f32 = words.iter().map(|(_, word)| word.weight).sum();
    for (_, word) in &mut words {
        word.weight /= total.max(f32::MIN_POSITIVE);
    }
    Ok(words)
}

/// How much a term tells by standing in few publications.
fn rarity(dictionary: &Dictionary<'_>, term: &str) -> tantivy::Result<f32> {
    let (having, all) = dictionary.frequency(term)?;
    Ok((number(all) / number(having + RARE)).min(RAREST).ln_1p())
}

/// A term as a part of a query, as a word or as a part of one.
fn clause(term: &str, word: &Word) -> Clause {
    let alternatives = vec![Alternative {
        pattern: Pattern::Word(term.to_owned()),
        how: How::Form,
        weight: word.weight,
        reach: Reach::Close,
    }];
    Clause { text: word.text.clone(), member: None, demanded: false, alternatives }
}

fn ask(clauses: &[Clause]) -> Option<Ask> {
    let options = clauses.iter().flat_map(|clause| needs(clause, Reach::Close)).collect();
    let at_least = clauses.len().min(LEAST);
    (at_least > 0).then(|| Ask { options, at_least, ..Ask::default() })
}

/// The words of texts by their terms, parts of compounds among them. Not the municipality: neighbours write of
/// different things.
fn words_of<'t>(
    texts: impl Iterator<Item = (Member, Cow<'t, str>)>,
    language: Language,
) -> BTreeMap<String, Word> {
    let mut found: BTreeMap<String, Word> = BTreeMap::new();
    for (member, text) in texts.filter(|(member, _)| *member != Member::Municipality) {
        let all = words(&text).filter_map(|at| text.get(at)).map(str::to_lowercase);
        for word in all.filter(|word| tells(word)) {
            for (term, share) in terms(&word, language) {
                let known = found.entry(term).or_insert_with(|| Word { weight: 0.0, text: word.clone() });
                known.weight += f32::from(member.emphasis()) * share;
            }
        }
    }
    found
}

/// As the index has them: see `tokens`.
fn terms(word: &str, language: Language) -> Vec<(String, f32)> {
    let forms = forms(word, language);
    let parts = forms.parts.iter().map(|part| (part.clone(), PART));
    std::iter::once((forms.term.clone(), 1.0)).chain(parts).collect()
}

/// No stop word, stray letter or number.
fn tells(word: &str) -> bool {
    word.chars().nth(1).is_some() && word.chars().any(char::is_alphabetic) && !is_stop_word(word)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{rounded, words_of};
    use crate::{platform::language::Language, search::members::Member};

    #[test]
    fn compounds_tell_by_their_parts_too_and_stop_words_and_numbers_tell_nothing() {
        let texts = [(Member::Title, Cow::from("Fallsensorene og 2025"))];
        let words = words_of(texts.into_iter(), Language::Nb);
        let told: Vec<(&str, f32)> = words.iter().map(|(term, word)| (term.as_str(), word.weight)).collect();
        assert_eq!(told, [("fall", 2.0), ("fallsensor", 4.0), ("sensor", 2.0)]);
        assert_eq!(words["sensor"].text, "fallsensorene");
    }

    #[test]
    fn bokmaal_and_nynorsk_tell_the_same() {
        let told = |text: &'static str, language| {
            let words = words_of([(Member::Need, Cow::from(text))].into_iter(), language);
            words.into_keys().collect::<Vec<_>>()
        };
        assert_eq!(told("Båtene på skolene", Language::Nb), told("Båtane på skulane", Language::Nn));
    }

    #[test]
    fn shares_have_two_decimals() {
        assert_eq!(rounded(0.666_6).to_string(), "0.67");
    }
}
