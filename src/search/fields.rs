//! The fields of the index.

use tantivy::schema::{
    Field, INDEXED, IndexRecordOption, NumericOptions, STORED, Schema, SchemaBuilder, TextFieldIndexing,
    TextOptions,
};

use super::facet;

/// The fields of the index. Words come to them as terms with spaces between.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    pub(super) id: Field,
    /// Words, parts of compounds and spellings in ASCII, each as often as it counts: see `tokens`.
    pub(super) terms: Field,
    /// Words in their order, for phrases.
    pub(super) text: Field,
    /// Words as they are written, in lower case: what beginnings and typing errors are looked up in.
    pub(super) surface: Field,
    /// Terms with the member that they stand in.
    pub(super) member: Field,
    pub(super) facet: Field,
    /// Who finds a document: everybody (0), or those who share a region with the municipality of this number.
    pub(super) readers: Field,
    pub(super) published_at: Field,
    pub(super) imitators: Field,
    pub(super) users: Field,
    pub(super) id_high: Field,
    pub(super) id_low: Field,
    /// What tells one state of a publication from another.
    pub(super) digest: Field,
    pub(super) stored: Field,
}

pub(super) const READERS: &str = "readers";
pub(super) const PUBLISHED_AT: &str = "published_at";
pub(super) const IMITATORS: &str = "imitators";
pub(super) const USERS: &str = "users";
pub(super) const ID_HIGH: &str = "id_high";
pub(super) const ID_LOW: &str = "id_low";
pub(super) const DIGEST: &str = "digest";

impl Fields {
    pub(super) fn schema() -> (Schema, Self) {
        let mut schema = SchemaBuilder::new();
        let column = NumericOptions::default().set_fast();
        let fields = Self {
            id: schema.add_bytes_field("id", INDEXED),
            terms: schema.add_text_field("terms", words(IndexRecordOption::WithFreqs, true)),
            text: schema.add_text_field("text", words(IndexRecordOption::WithFreqsAndPositions, false)),
            surface: schema.add_text_field("surface", words(IndexRecordOption::Basic, false)),
            member: schema.add_text_field("member", words(IndexRecordOption::Basic, false)),
            facet: schema.add_text_field(facet::COLUMN, TextOptions::default().set_fast("raw")),
            readers: schema.add_u64_field(READERS, column.clone()),
            published_at: schema.add_u64_field(PUBLISHED_AT, column.clone()),
            imitators: schema.add_u64_field(IMITATORS, column.clone()),
            users: schema.add_u64_field(USERS, column.clone()),
            id_high: schema.add_u64_field(ID_HIGH, column.clone()),
            id_low: schema.add_u64_field(ID_LOW, column.clone()),
            digest: schema.add_u64_field(DIGEST, column),
            stored: schema.add_text_field("stored", STORED),
        };
        (schema.build(), fields)
    }
}

fn words(kept: IndexRecordOption, lengths: bool) -> TextOptions {
    let indexing = TextFieldIndexing::default().set_tokenizer("whitespace").set_index_option(kept);
    TextOptions::default().set_indexing_options(indexing.set_fieldnorms(lengths))
}
