//! What a query that is being typed may become. The dictionary only decides what is looked for; what is shown is read
//! from hits that the viewer may see, as they spell it.

use std::collections::BTreeMap;

use super::{
    ask::{Ask, Need, Source, What},
    best::Best,
    clause::Reach,
    dictionary::Dictionary,
    engine::Engine,
    expand::expand,
    language::{term, words},
    matching::{excluded, needs},
    parse::Question,
    viewer::Viewer,
};
use crate::{
    municipalities::MunicipalityRef,
    platform::{directory::Directory, error::Result},
};

/// How many words a beginning may stand for.
const BEGINNINGS: usize = 25;
/// How many hits are read.
const HITS: usize = 50;
/// Shorter beginnings stand for too much, in characters.
const SHORTEST: usize = 2;

/// A query whose last word is unfinished.
pub(super) struct Unfinished<'q> {
    /// What stands before the word.
    head: &'q str,
    /// The word, in lower case.
    word: String,
}

/// How a word is spelt, and in how many hits.
type Spellings = BTreeMap<String, usize>;

impl<'q> Unfinished<'q> {
    /// None when there is no word at the end, or hardly one.
    pub(super) fn read(text: &'q str) -> Option<Self> {
        let last = words(text).last().filter(|last| last.end == text.len())?;
        let word = text.get(last.clone())?.to_lowercase();
        let head = text.get(..last.start)?;
        (word.chars().count() >= SHORTEST).then_some(Self { head, word })
    }

    /// What has a word that begins so, and all the others.
    fn ask(&self, dictionary: &Dictionary<'_>) -> tantivy::Result<Option<Ask>> {
        let begun = dictionary.beginning_with(&self.word, BEGINNINGS)?;
        if begun.is_empty() {
            return Ok(None);
        }
        let counted = |word: &String| Source { what: What::Term(term(word)), weight: 1.0 };
        let counted: Need = begun.iter().map(counted).collect();
        let surface = |word| Source { what: What::Surface(word), weight: 0.0 };
        let begun: Need = begun.into_iter().map(surface).collect();
        let question = Question::parse(self.head);
        let mut ask = Ask { musts: vec![begun], options: vec![counted], ..Ask::default() };
        for clause in expand(&question, dictionary)? {
            ask.musts.extend(needs(&clause, Reach::Close));
        }
        ask.excluded = question.excluded.iter().flat_map(|words| excluded(words)).collect();
        Ok(Some(ask))
    }

    /// The query with its last word finished as hits have it, what most of them have first.
    pub(super) fn completions(&self, directory: &Directory, hits: &[Best], limit: usize) -> Vec<String> {
        let mut found: BTreeMap<String, Spellings> = BTreeMap::new();
        for hit in hits {
            for (word, spelling) in self.finished(directory, hit) {
                *found.entry(word).or_default().entry(spelling).or_default() += 1;
            }
        }
        let mut found: Vec<(usize, String, Spellings)> =
            found.into_iter().map(|(word, spelt)| (spelt.values().sum(), word, spelt)).collect();
        found.sort_by(|(many, a, _), (more, b, _)| {
            more.cmp(many).then_with(|| a.len().cmp(&b.len())).then_with(|| a.cmp(b))
        });
        let spelt = found.into_iter().filter_map(|(_, _, spelt)| usual(spelt));
        spelt.take(limit).map(|spelling| format!("{}{spelling}", self.head)).collect()
    }

    /// The words of a hit that begin so and go on, in lower case, each with how it is spelt there first.
    fn finished(&self, directory: &Directory, hit: &Best) -> BTreeMap<String, String> {
        let municipality = MunicipalityRef::of(directory, hit.stored.municipality).name;
        let mut finished = BTreeMap::new();
        for (_, text) in hit.stored.members(&municipality) {
            for spelling in words(&text).filter_map(|at| text.get(at)).filter(|word| self.goes_on(word)) {
                finished.entry(spelling.to_lowercase()).or_insert_with(|| spelling.to_owned());
            }
        }
        finished
    }

    /// Whether a word begins so and is longer.
    fn goes_on(&self, word: &str) -> bool {
        self.rest(word).is_some_and(|mut rest| rest.next().is_some())
    }

    /// What follows in a word that begins so. Letter by letter: most words are done with after the first.
    fn rest(&self, word: &str) -> Option<impl Iterator<Item = char>> {
        let mut letters = word.chars().flat_map(char::to_lowercase);
        self.word.chars().all(|letter| letters.next() == Some(letter)).then_some(letters)
    }

    fn begins_in(&self, text: &str) -> bool {
        words(text).filter_map(|at| text.get(at)).any(|word| self.rest(word).is_some())
    }
}

impl Engine {
    /// The best hits of a query that is being typed; first those that have the word in their titles.
    pub(super) fn begun(&self, viewer: &Viewer, unfinished: &Unfinished<'_>) -> Result<Vec<Best>> {
        let mut hits = self.best(viewer, HITS, |dictionary| unfinished.ask(dictionary))?;
        hits.sort_by_key(|hit| !unfinished.begins_in(&hit.stored.card.title));
        Ok(hits)
    }
}

/// The most frequent spelling; of equals the one in lower case, as capitals are often those of a sentence.
fn usual(spelt: Spellings) -> Option<String> {
    let most = spelt.into_iter().max_by(|(a, many), (b, more)| many.cmp(more).then_with(|| a.cmp(b)));
    most.map(|(spelling, _)| spelling)
}

#[cfg(test)]
mod tests {
    use super::{Spellings, Unfinished, usual};

    fn spelt(counts: &[(&str, usize)]) -> Spellings {
        counts.iter().map(|&(word, count)| (word.to_owned(), count)).collect()
    }

    #[test]
    fn the_last_word_is_the_unfinished_one() {
        let read = |text| Unfinished::read(text).map(|unfinished| (unfinished.head, unfinished.word));
        assert_eq!(read("trygg VELF"), Some(("trygg ", "velf".to_owned())));
        assert_eq!(read("title:få"), Some(("title:", "få".to_owned())));
        for nothing in ["", "v", "trygg v", "velferd!", "\"velferd\"", "!!"] {
            assert_eq!(read(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_word_goes_on_when_there_is_more_of_it() {
        let unfinished = Unfinished::read("øy").unwrap();
        assert!(unfinished.goes_on("ØYA") && unfinished.goes_on("øyer"));
        assert!(!unfinished.goes_on("øy") && !unfinished.goes_on("ø") && !unfinished.goes_on("søy"));
    }

    #[test]
    fn the_usual_spelling_is_the_most_frequent_and_of_equals_the_lower_case_one() {
        assert_eq!(usual(spelt(&[("Sensor", 1), ("sensor", 1)])).as_deref(), Some("sensor"));
        assert_eq!(usual(spelt(&[("KI", 2), ("ki", 1)])).as_deref(), Some("KI"));
    }
}
