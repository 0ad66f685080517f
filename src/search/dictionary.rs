//! Which words the index has.

use std::collections::BTreeMap;

use tantivy::{Searcher, Term, query::FuzzyTermQuery, schema::Field};

use super::fields::Fields;

/// A word of the index, and in how many documents it stands.
type Counted = BTreeMap<String, u64>;

/// The words of an index. Those of documents that the caller may not see are among them, so none is ever shown:
/// they only decide what is searched for, and every search is for what the caller may see.
pub(super) struct Dictionary<'s> {
    pub(super) searcher: &'s Searcher,
    pub(super) fields: &'s Fields,
}

impl Dictionary<'_> {
    /// Whether a term stands in any document, in one of these fields.
    pub(super) fn has(&self, fields: &[Field], term: &str) -> tantivy::Result<bool> {
        for &field in fields {
            let term = Term::from_field_text(field, term);
            for segment in self.searcher.segment_readers() {
                if segment.inverted_index(field)?.get_term_info(&term)?.is_some() {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// The most frequent words that begin so, at most `limit`.
    pub(super) fn beginning_with(&self, prefix: &str, limit: usize) -> tantivy::Result<Vec<String>> {
        /// So many are looked at.
        const LOOKED_AT: usize = 1_000;
        let mut found = Counted::new();
        for segment in self.searcher.segment_readers() {
            let index = segment.inverted_index(self.fields.surface)?;
            let mut words = index.terms().range().ge(prefix).into_stream()?;
            let mut left = LOOKED_AT;
            while left > 0 && words.advance() && words.key().starts_with(prefix.as_bytes()) {
                count(&mut found, words.key(), words.value().doc_freq);
                left -= 1;
            }
        }
        Ok(most_frequent(found, limit))
    }

    /// The words that are nearest by typing errors, at most `limit`: with one error before with two.
    pub(super) fn near(&self, word: &str, limit: usize) -> tantivy::Result<Vec<String>> {
        // One error in four letters is as many as leave a word recognisable.
        let most: u8 = match word.chars().count() {
            0..=3 => return Ok(Vec::new()),
            4..=7 => 1,
            _ => 2,
        };
        for distance in 1..=most {
            let mut found = Counted::new();
            let [head, body] = self.fields.parts();
            for field in [self.fields.surface, head, body] {
                self.within(field, word, distance, &mut found)?;
            }
            if !found.is_empty() {
                return Ok(most_frequent(found, limit));
            }
        }
        Ok(Vec::new())
    }

    fn within(&self, field: Field, word: &str, distance: u8, found: &mut Counted) -> tantivy::Result<()> {
        let query = FuzzyTermQuery::new(Term::from_field_text(field, word), distance, true);
        for segment in self.searcher.segment_readers() {
            let index = segment.inverted_index(field)?;
            let mut words = index.terms().search(query.automaton()?).into_stream()?;
            while words.advance() {
                count(found, words.key(), words.value().doc_freq);
            }
        }
        Ok(())
    }
}

fn count(found: &mut Counted, word: &[u8], documents: u32) {
    *found.entry(String::from_utf8_lossy(word).into_owned()).or_default() += u64::from(documents);
}

fn most_frequent(found: Counted, limit: usize) -> Vec<String> {
    let mut words: Vec<(String, u64)> = found.into_iter().collect();
    words.sort_by(|(_, a), (_, b)| b.cmp(a));
    words.into_iter().take(limit).map(|(word, _)| word).collect()
}
