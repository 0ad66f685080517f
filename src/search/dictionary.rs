//! Which words the index has.

use std::collections::BTreeMap;

use tantivy::{TERMINATED, Term, query::FuzzyTermQuery, schema::Field};

use super::{engine::Snapshot, postings::Postings, tokens::is_word, viewer::Viewer};

/// A word of the index, and in how many documents it stands.
type Counted = BTreeMap<String, u64>;

/// The words of an index, for somebody: those of documents that the viewer may not see are none.
pub(super) struct Dictionary<'s> {
    pub(super) snapshot: &'s Snapshot,
    pub(super) viewer: &'s Viewer,
}

impl Dictionary<'_> {
    /// Whether a term stands in a document that the viewer sees.
    pub(super) fn has(&self, term: &str) -> tantivy::Result<bool> {
        Ok(self.seen(self.snapshot.fields.terms, term, 1)? > 0)
    }

    /// In how many documents that the viewer sees a term stands; counted up to `enough`.
    fn seen(&self, field: Field, term: &str, enough: u64) -> tantivy::Result<u64> {
        let infos = self.snapshot.term(field, term)?;
        let segments = self.snapshot.searcher.segment_readers().iter().zip(&self.snapshot.facts);
        let mut seen = 0;
        for ((segment, (_, facts)), info) in segments.zip(infos) {
            let Some(info) = info else { continue };
            let mut documents = Postings::of_mark(segment, field, &info, 0.0)?;
            while documents.doc() != TERMINATED && seen < enough {
                let doc = documents.doc();
                seen += u64::from(!segment.is_deleted(doc) && self.viewer.sees(facts.readers(doc)));
                documents.advance();
            }
        }
        Ok(seen)
    }

    /// In how many documents a term stands, of how many. A frequent one is counted with those that the viewer does not
    /// see: among so many one more or less cannot be told.
    pub(super) fn frequency(&self, term: &str) -> tantivy::Result<(u64, u64)> {
        const FREQUENT: u64 = 1_000;
        let Snapshot { searcher, fields, .. } = self.snapshot;
        let having = searcher.doc_freq(&Term::from_field_text(fields.terms, term))?;
        let having = if having > FREQUENT { having } else { self.seen(fields.terms, term, FREQUENT)? };
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
        self.most_frequent(found, limit)
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
            let mut near = Counted::new();
            let query = FuzzyTermQuery::new(Term::from_field_text(fields.surface, word), distance, true);
            let errors = query.automaton()?;
            for segment in self.snapshot.searcher.segment_readers() {
                for field in [fields.surface, fields.terms] {
                    let index = segment.inverted_index(field)?;
                    let mut words = index.terms().search(&errors).into_stream()?;
                    while words.advance() {
                        count(&mut near, words.key(), words.value().doc_freq);
                    }
                }
            }
            let near = self.most_frequent(near, limit)?;
            if !near.is_empty() {
                return Ok(near);
            }
        }
        Ok(Vec::new())
    }

    /// Of those that the viewer sees.
    fn most_frequent(&self, found: Counted, limit: usize) -> tantivy::Result<Vec<String>> {
        let mut words: Vec<(String, u64)> = found.into_iter().collect();
        words.sort_by(|(_, a), (_, b)| b.cmp(a));
        let Snapshot { fields, .. } = self.snapshot;
        let mut most = Vec::with_capacity(limit);
        for (word, _) in words {
            if most.len() == limit {
                break;
            }
            if self.seen(fields.surface, &word, 1)? > 0 || self.seen(fields.terms, &word, 1)? > 0 {
                most.push(word);
            }
        }
        Ok(most)
    }
}

fn count(found: &mut Counted, word: &[u8], documents: u32) {
    let word = String::from_utf8_lossy(word);
    if is_word(&word) {
        *found.entry(word.into_owned()).or_default() += u64::from(documents);
    }
}
