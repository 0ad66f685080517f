//! The documents of a term in one segment, in their order, and what each of them counts.

use std::sync::Arc;

use tantivy::{
    DocId, SegmentReader, TERMINATED,
    fieldnorm::FieldNormReader,
    postings::{BlockSegmentPostings, TermInfo},
    schema::{Field, IndexRecordOption},
};

use super::rank::Lengths;

/// Walks the documents of a term.
pub(super) struct Postings {
    blocks: BlockSegmentPostings,
    /// The place in the block at hand.
    at: usize,
    counting: Counting,
}

/// What a document counts.
enum Counting {
    /// The same for each: it has a mark, or has not.
    Mark(f32),
    /// By how often it has a word, among how much: BM25.
    Word { weight: f32, lengths: Arc<Lengths>, norms: FieldNormReader },
}

impl Counting {
    fn score(&self, doc: DocId, frequency: u32) -> f32 {
        match self {
            Self::Mark(weight) => *weight,
            Self::Word { weight, lengths, norms } => {
                weight * lengths.saturated(norms.fieldnorm_id(doc), frequency)
            }
        }
    }
}

impl Postings {
    /// The documents that have a term, all counting the same.
    pub(super) fn of_mark(
        segment: &SegmentReader,
        field: Field,
        term: &TermInfo,
        weight: f32,
    ) -> tantivy::Result<Self> {
        let blocks = segment
            .inverted_index(field)?
            .read_block_postings_from_terminfo(term, IndexRecordOption::Basic)?;
        Ok(Self { blocks, at: 0, counting: Counting::Mark(weight) })
    }

    /// The documents that have a term, each counted by how often and among how much.
    pub(super) fn of_word(
        segment: &SegmentReader,
        field: Field,
        term: &TermInfo,
        (weight, lengths): (f32, &Arc<Lengths>),
    ) -> tantivy::Result<Self> {
        let blocks = segment
            .inverted_index(field)?
            .read_block_postings_from_terminfo(term, IndexRecordOption::WithFreqs)?;
        let norms = segment.get_fieldnorms_reader(field)?;
        let counting = Counting::Word { weight, lengths: lengths.clone(), norms };
        Ok(Self { blocks, at: 0, counting })
    }

    /// The document at hand; [`TERMINATED`] behind the last.
    pub(super) fn doc(&self) -> DocId {
        self.blocks.docs().get(self.at).copied().unwrap_or(TERMINATED)
    }

    /// Goes on to the first document that is not before `target`.
    pub(super) fn seek(&mut self, target: DocId) -> DocId {
        if self.doc() < target {
            self.at = self.blocks.seek(target);
        }
        self.doc()
    }

    /// Goes on to the next document.
    pub(super) fn advance(&mut self) {
        self.at += 1;
        if self.at >= self.blocks.block_len() {
            self.next_block();
        }
    }

    /// What the document at hand counts.
    pub(super) fn score(&self) -> f32 {
        self.counting.score(self.doc(), self.blocks.freq(self.at))
    }

    /// Takes every document before `end` with what it counts.
    pub(super) fn each(&mut self, end: DocId, mut take: impl FnMut(DocId, f32)) {
        loop {
            let docs = self.blocks.docs().get(self.at..).unwrap_or_default();
            if docs.is_empty() {
                return;
            }
            let taken = match &self.counting {
                counting @ Counting::Word { .. } => {
                    let frequencies = self.blocks.freqs().get(self.at..).unwrap_or_default();
                    let before = docs.iter().zip(frequencies).take_while(|(doc, _)| **doc < end);
                    before.map(|(&doc, &often)| take(doc, counting.score(doc, often))).count()
                }
                Counting::Mark(weight) => {
                    docs.iter().take_while(|doc| **doc < end).map(|&doc| take(doc, *weight)).count()
                }
            };
            if taken < docs.len() {
                self.at += taken;
                return;
            }
            self.next_block();
        }
    }

    fn next_block(&mut self) {
        self.blocks.advance();
        self.at = 0;
    }
}
