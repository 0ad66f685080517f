//! Norwegian words: one chain for indexing and for queries. Bokmål and nynorsk endings fall together by Snowball's
//! Norwegian stemmer; æ, ø and å are letters.

use tantivy::tokenizer::{
    Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, StopWordFilter, TextAnalyzer,
    TokenStream,
};

/// The name under which the index knows the chain.
pub(super) const NORWEGIAN: &str = "norwegian";
/// Longer "words" are dropped, in bytes: nobody searches for them.
const LONGEST: usize = 80;
/// More words than this say nothing more.
const MOST_TERMS: usize = 16;

pub(super) fn analyzer() -> TextAnalyzer {
    TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(LONGEST))
        .filter(LowerCaser)
        .filter(Stemmer::new(Language::Norwegian))
        .build()
}

/// The terms of a query, each once. Stop words ("til", "og") are left out, unless there is nothing else.
pub(super) fn query_terms(text: &str) -> Vec<String> {
    let meaningful = StopWordFilter::new(Language::Norwegian).map(|stop_words| {
        let chain =
            TextAnalyzer::builder(SimpleTokenizer::default()).filter(RemoveLongFilter::limit(LONGEST));
        let chain = chain.filter(LowerCaser).filter(stop_words);
        terms(chain.filter(Stemmer::new(Language::Norwegian)).build(), text)
    });
    meaningful.filter(|terms| !terms.is_empty()).unwrap_or_else(|| terms(analyzer(), text))
}

fn terms(mut chain: TextAnalyzer, text: &str) -> Vec<String> {
    let mut terms = Vec::new();
    let mut stream = chain.token_stream(text);
    while let Some(token) = stream.next() {
        if !terms.contains(&token.text) && terms.len() < MOST_TERMS {
            terms.push(token.text.clone());
        }
    }
    terms
}

/// Finds the words of a text that are a form of one of the terms.
pub(super) struct Matcher<'t> {
    terms: &'t [String],
    /// The letters that terms begin with: most words are ruled out by their first.
    initials: Vec<char>,
    chain: TextAnalyzer,
}

impl<'t> Matcher<'t> {
    pub(super) fn new(terms: &'t [String]) -> Self {
        let initials = terms.iter().filter_map(|term| term.chars().next()).collect();
        Self { terms, initials, chain: analyzer() }
    }

    /// The term that a word is a form of. Stemming only takes endings off, so a word that does not begin like a
    /// term is none of its forms: that spares stemming nearly every word.
    pub(super) fn term_of(&mut self, word: &str) -> Option<&'t str> {
        let initial = word.chars().next()?.to_lowercase().next()?;
        if !self.initials.contains(&initial) {
            return None;
        }
        let lower = word.to_lowercase();
        let mut candidates = self.terms.iter().filter(|term| lower.starts_with(term.as_str())).peekable();
        candidates.peek()?;
        let mut stream = self.chain.token_stream(word);
        let stem = stream.next().map(|token| token.text.clone())?;
        candidates.find(|term| **term == stem).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::{Matcher, query_terms};

    #[test]
    fn forms_of_a_word_in_bokmaal_and_nynorsk_are_one_term() {
        for forms in [
            ["innovasjon", "innovasjonen", "innovasjonar", "innovasjoner"],
            ["kommune", "kommuner", "kommunar", "kommunen"],
            ["båt", "båten", "båtar", "båter"],
        ] {
            let terms = forms.map(query_terms);
            assert!(terms.iter().all(|term| term == &terms[0]), "{terms:?}");
        }
    }

    #[test]
    fn stop_words_are_left_out_unless_they_are_all_there_is() {
        assert_eq!(query_terms("svømming for barn i sjøen").len(), 3);
        assert_eq!(query_terms("og").len(), 1);
        assert_eq!(query_terms("  ,.! ").len(), 0);
    }

    #[test]
    fn a_matcher_knows_the_forms_of_its_terms() {
        let terms = query_terms("fallsensorer");
        let mut matcher = Matcher::new(&terms);
        assert!(matcher.term_of("Fallsensoren").is_some());
        assert!(matcher.term_of("fall").is_none());
        assert!(matcher.term_of("fallsensorprosjekt").is_none());
    }
}
