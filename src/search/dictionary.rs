//! Which words the index has.

use std::collections::BTreeMap;

use tantivy::{TERMINATED, Term, query::FuzzyTermQuery};

use super::{engine::Snapshot, postings::Postings, tokens::is_word, viewer::Viewer};

/// A word of the index, and in how many documents it stands.
type Counted = BTreeMap<String, u64>;

/// The words of an index, for somebody. Those of documents that the viewer may not see are among the words that are
/// near or begin so, so none of these is ever shown: they only decide what is searched for, and every search is for
/// what the viewer may see.
pub(super) struct Dictionary<'s> {
    pub(super) snapshot: &'s Snapshot,
    pub(super) viewer: &'s Viewer,
}

impl Dictionary<'_> {
    /// Whether a term stands in a document that the viewer sees. A word that does not is as good as mistyped.
    pub(super) fn has(&self, term: &str) -> tantivy::Result<bool> {
        /// So many that the viewer does not see are passed over.
        const LOOKED_AT: usize = 1_000;
        let field = self.snapshot.fields.terms;
        let infos = self.snapshot.term(field, term)?;
        let segments = self.snapshot.searcher.segment_readers().iter().zip(&self.snapshot.facts);
        for ((segment, (_, facts)), info) in segments.zip(infos) {
            let Some(info) = info else { continue };
            let mut documents = Postings::of_mark(segment, field, &info, 0.0)?;
            for _ in 0..LOOKED_AT {
                let doc = documents.doc();
                if doc == TERMINATED {
                    break;
                }
                if !segment.is_deleted(doc) && self.viewer.sees(facts.readers(doc)) {
                    return Ok(true);
                }
                documents.advance();
            }
        }
        Ok(false)
    }

    /// In how many documents a term stands, of how many.
    pub(super) fn frequency(&self, term: &str) -> tantivy::Result<(u64, u64)> {
        let Snapshot { searcher, fields, .. } = self.snapshot;
        let having = searcher.doc_freq(&Term::from_field_text(fields.terms, term))?;
        Ok((having, searcher.num_docs()))
    }

    /// The most frequent words that begin so, at most `limit`.
    pub(super) fn beginning_with(&self, prefix: &str, limit: usize) -> tantivy::Result<Vec<String>> {
        /// So many are looked at.
        const LOOKED_AT: usize = 1_000;
        let mut found = Counted::new();
        for segment in self.snapshot.searcher.segment_readers() {
            let index = segment.inverted_index(self.snapshot.fields.surface)?;
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
        let fields = &self.snapshot.fields;
        for distance in 1..=most {
            let mut found = Counted::new();
            let query = FuzzyTermQuery::new(Term::from_field_text(fields.surface, word), distance, true);
            let errors = query.automaton()?;
            for segment in self.snapshot.searcher.segment_readers() {
                for field in [fields.surface, fields.terms] {
                    let index = segment.inverted_index(field)?;
                    let mut words = index.terms().search(&errors).into_stream()?;
                    while words.advance() {
                        count(&mut found, words.key(), words.value().doc_freq);
                    }
                }
            }
            if !found.is_empty() {
                return Ok(most_frequent(found, limit));
            }
        }
        Ok(Vec::new())
    }
}

fn count(found: &mut Counted, word: &[u8], documents: u32) {
    let word = String::from_utf8_lossy(word);
    if is_word(&word) {
        *found.entry(word.into_owned()).or_default() += u64::from(documents);
    }
}

fn most_frequent(found: Counted, limit: usize) -> Vec<String> {
    let mut words: Vec<(String, u64)> = found.into_iter().collect();
    words.sort_by(|(_, a), (_, b)| b.cmp(a));
    words.into_iter().take(limit).map(|(word, _)| word).collect()
}
