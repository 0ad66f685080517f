//! The fields of the index.

use tantivy::schema::{
    Field, INDEXED, IndexRecordOption, NumericOptions, STORED, STRING, Schema, SchemaBuilder,
    TextFieldIndexing, TextOptions,
};

use super::facet;

/// The fields of the index. Words come to them as terms with spaces between.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    pub(super) id: Field,
    pub(super) readers: Field,
    pub(super) title: Field,
    pub(super) keywords: Field,
    pub(super) summary: Field,
    pub(super) body: Field,
    /// Parts of the compounds of title, keywords and summary, and of those of the rest.
    pub(super) head_parts: Field,
    pub(super) body_parts: Field,
    /// Words in ASCII, of those that have other letters.
    pub(super) folded: Field,
    /// Words as they are written, in lower case: what beginnings and typing errors are looked up in.
    pub(super) surface: Field,
    /// Terms with the member that they stand in.
    pub(super) member: Field,
    pub(super) facet: Field,
    pub(super) published_at: Field,
    pub(super) imitators: Field,
    pub(super) id_high: Field,
    pub(super) id_low: Field,
    pub(super) digest: Field,
    pub(super) stored: Field,
}

pub(super) const PUBLISHED_AT: &str = "published_at";
pub(super) const IMITATORS: &str = "imitators";
pub(super) const ID_HIGH: &str = "id_high";
pub(super) const ID_LOW: &str = "id_low";
/// What tells one state of a publication from another.
pub(super) const DIGEST: &str = "digest";

/// The term by which everybody's documents are found; a regional one bears its owner's number instead.
pub(super) const EVERYBODY: &str = "everybody";

impl Fields {
    pub(super) fn schema() -> (Schema, Self) {
        let mut schema = SchemaBuilder::new();
        let words = words(IndexRecordOption::WithFreqsAndPositions, true);
        let parts = self::words(IndexRecordOption::WithFreqs, true);
        let marks = self::words(IndexRecordOption::Basic, false);
        let column = NumericOptions::default().set_fast();
        let fields = Self {
            id: schema.add_bytes_field("id", INDEXED),
            readers: schema.add_text_field("readers", STRING),
            title: schema.add_text_field("title", words.clone()),
            keywords: schema.add_text_field("keywords", words.clone()),
            summary: schema.add_text_field("summary", words.clone()),
            body: schema.add_text_field("body", words),
            head_parts: schema.add_text_field("head_parts", parts.clone()),
            body_parts: schema.add_text_field("body_parts", parts),
            folded: schema.add_text_field("folded", marks.clone()),
            surface: schema.add_text_field("surface", marks.clone()),
            member: schema.add_text_field("member", marks),
            facet: schema.add_text_field(facet::COLUMN, TextOptions::default().set_fast("raw")),
            published_at: schema.add_u64_field(PUBLISHED_AT, column.clone()),
            imitators: schema.add_u64_field(IMITATORS, column.clone()),
            id_high: schema.add_u64_field(ID_HIGH, column.clone()),
            id_low: schema.add_u64_field(ID_LOW, column.clone()),
            digest: schema.add_u64_field(DIGEST, column),
            stored: schema.add_bytes_field("stored", STORED),
        };
        (schema.build(), fields)
    }

    /// The fields that hold whole words.
    pub(super) fn zones(&self) -> [Field; 4] {
        [self.title, self.keywords, self.summary, self.body]
    }

    /// The fields that hold parts of compounds.
    pub(super) fn parts(&self) -> [Field; 2] {
        [self.head_parts, self.body_parts]
    }
}

fn words(kept: IndexRecordOption, lengths: bool) -> TextOptions {
    let indexing = TextFieldIndexing::default().set_tokenizer("whitespace").set_index_option(kept);
    TextOptions::default().set_indexing_options(indexing.set_fieldnorms(lengths))
}
