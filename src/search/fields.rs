//! The fields of the index, and what a publication puts into them.

use tantivy::{
    TantivyDocument,
    schema::{
        Field, INDEXED, IndexRecordOption, NumericOptions, STORED, STRING, Schema, SchemaBuilder,
        TextFieldIndexing, TextOptions,
    },
};

use super::{
    analysis::NORWEGIAN,
    document::{Record, Stored, card, facets, imitator, readers, texts},
    facet,
};

/// The fields of the index.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    pub(super) id: Field,
    pub(super) readers: Field,
    pub(super) title: Field,
    pub(super) keywords: Field,
    pub(super) summary: Field,
    pub(super) body: Field,
    facet: Field,
    published_at: Field,
    imitators: Field,
    id_high: Field,
    id_low: Field,
    pub(super) stored: Field,
}

pub(super) const PUBLISHED_AT: &str = "published_at";
pub(super) const IMITATORS: &str = "imitators";
pub(super) const ID_HIGH: &str = "id_high";
pub(super) const ID_LOW: &str = "id_low";

/// The term by which everybody's documents are found; a regional one bears its owner's number instead.
pub(super) const EVERYBODY: &str = "everybody";

impl Fields {
    pub(super) fn schema() -> (Schema, Self) {
        let mut schema = SchemaBuilder::new();
        let words = TextFieldIndexing::default().set_tokenizer(NORWEGIAN);
        let words =
            TextOptions::default().set_indexing_options(words.set_index_option(IndexRecordOption::WithFreqs));
        let column = NumericOptions::default().set_fast();
        let fields = Self {
            id: schema.add_bytes_field("id", INDEXED),
            readers: schema.add_text_field("readers", STRING),
            title: schema.add_text_field("title", words.clone()),
            keywords: schema.add_text_field("keywords", words.clone()),
            summary: schema.add_text_field("summary", words.clone()),
            body: schema.add_text_field("body", words),
            facet: schema.add_text_field(facet::COLUMN, TextOptions::default().set_fast("raw")),
            published_at: schema.add_u64_field(PUBLISHED_AT, column.clone()),
            imitators: schema.add_u64_field(IMITATORS, column.clone()),
            id_high: schema.add_u64_field(ID_HIGH, column.clone()),
            id_low: schema.add_u64_field(ID_LOW, column),
            stored: schema.add_bytes_field("stored", STORED),
        };
        (schema.build(), fields)
    }

    /// The document of a publication.
    pub(super) fn document(&self, record: &Record) -> anyhow::Result<TantivyDocument> {
        let Record { content, .. } = record;
        let mut document = TantivyDocument::default();
        document.add_bytes(self.id, record.id.uuid().as_bytes());
        document.add_text(self.readers, readers(record.audience, record.municipality));
        document.add_text(self.title, content.title.as_str());
        document.add_text(self.keywords, &record.municipality_name);
        for tag in content.tags.iter() {
            document.add_text(self.keywords, tag.as_str());
        }
        let texts = texts(content);
        if let Some(summary) = &content.summary {
            document.add_text(self.summary, summary.as_str());
        }
        for (_, text) in &texts {
            document.add_text(self.body, text);
        }
        for key in facets(record) {
            document.add_text(self.facet, key);
        }
        document
            .add_u64(self.published_at, u64::try_from(record.published_at.timestamp_micros()).unwrap_or(0));
        for &(municipality, audience) in &record.imitators {
            document.add_u64(self.imitators, imitator(municipality, audience));
        }
        let (high, low) = record.id.uuid().as_u64_pair();
        document.add_u64(self.id_high, high);
        document.add_u64(self.id_low, low);
        document.add_bytes(
            self.stored,
            &serde_json::to_vec(&Stored { municipality: record.municipality, card: card(record), texts })?,
        );
        Ok(document)
    }
}
