//! A publication as the index holds it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tantivy::{
    TantivyDocument,
    schema::{
        Field, INDEXED, IndexRecordOption, NumericOptions, STORED, STRING, Schema, SchemaBuilder,
        TextFieldIndexing, TextOptions,
    },
};
use utoipa::ToSchema;

use super::{
    analysis::NORWEGIAN,
    facet::{self, Facet},
};
use crate::{
    platform::{
        id::{MunicipalityId, ProjectId},
        language::Language,
    },
    projects::{Audience, Content, Phase},
};

/// A publication as the record has it, with the imitations that count for it.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) id: ProjectId,
    pub(super) municipality: MunicipalityId,
    pub(super) municipality_name: String,
    pub(super) audience: Audience,
    pub(super) version: i32,
    pub(super) published_at: DateTime<Utc>,
    pub(super) content: Content,
    pub(super) imitators: Vec<(MunicipalityId, Audience)>,
}

/// What is stored: what a hit shows, and the texts that highlights are cut from. No contact.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Stored {
    pub(super) municipality: MunicipalityId,
    pub(super) card: Card,
    pub(super) texts: Vec<(String, String)>,
}

/// What a hit shows of a publication.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct Card {
    pub id: ProjectId,
    pub version: i32,
    pub title: String,
    pub summary: Option<String>,
    pub language: Language,
    pub phase: Phase,
    pub strategic_areas: Vec<String>,
    pub kinds: Vec<String>,
    pub degree: Option<String>,
    pub tags: Vec<String>,
    pub sdgs: Vec<u8>,
    pub audience: Audience,
    pub published_at: DateTime<Utc>,
}

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
        for (member, text) in &texts {
            document.add_text(if member == "summary" { self.summary } else { self.body }, text);
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

/// Who finds a document.
pub(super) fn readers(audience: Audience, owner: MunicipalityId) -> String {
    match audience {
        Audience::Public => EVERYBODY.to_owned(),
        Audience::Region => owner.to_string(),
    }
}

/// An imitation as the column keeps it: whose, and in the lowest bit whether everybody sees it.
pub(super) fn imitator(municipality: MunicipalityId, audience: Audience) -> u64 {
    municipality.number() << 1 | u64::from(audience == Audience::Public)
}

/// The texts that are searched, by their names; the title and the tags have fields of their own.
fn texts(content: &Content) -> Vec<(String, String)> {
    let target_groups = content
        .target_groups
        .iter()
        .map(super::super::platform::text::Text::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    let texts = [
        ("summary", content.summary.as_ref().map(super::super::platform::text::Text::as_str)),
        ("need", content.need.as_ref().map(super::super::platform::text::Text::as_str)),
        ("solution", content.solution.as_ref().map(super::super::platform::text::Text::as_str)),
        ("results", content.results.as_ref().map(super::super::platform::text::Text::as_str)),
        ("lessons", content.lessons.as_ref().map(super::super::platform::text::Text::as_str)),
        ("transfer_notes", content.transfer_notes.as_ref().map(super::super::platform::text::Text::as_str)),
        ("target_groups", Some(target_groups.as_str()).filter(|text| !text.is_empty())),
    ];
    texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?.to_owned()))).collect()
}

fn facets(record: &Record) -> Vec<String> {
    let content = &record.content;
    let mut keys = vec![
        Facet::Phase.key(content.phase.code()),
        Facet::Municipality.key(&record.municipality.to_string()),
        Facet::Language.key(content.language.code()),
    ];
    keys.extend(content.strategic_areas.iter().map(|code| Facet::Area.key(code.as_str())));
    keys.extend(content.kinds.iter().map(|code| Facet::Kind.key(code.as_str())));
    keys.extend(content.degree.iter().map(|code| Facet::Degree.key(code.as_str())));
    keys.extend(content.sdgs.iter().map(|goal| Facet::Sdg.key(&goal.number().to_string())));
    keys.extend(content.tags.iter().map(|tag| Facet::Tag.key(tag.as_str())));
    keys
}

fn card(record: &Record) -> Card {
    let content = &record.content;
    Card {
        id: record.id,
        version: record.version,
        title: content.title.as_str().to_owned(),
        summary: content.summary.as_ref().map(|text| text.as_str().to_owned()),
        language: content.language,
        phase: content.phase,
        strategic_areas: content.strategic_areas.iter().map(|code| code.as_str().to_owned()).collect(),
        kinds: content.kinds.iter().map(|code| code.as_str().to_owned()).collect(),
        degree: content.degree.as_ref().map(|code| code.as_str().to_owned()),
        tags: content.tags.iter().map(|tag| tag.as_str().to_owned()).collect(),
        sdgs: content.sdgs.iter().map(|goal| goal.number()).collect(),
        audience: record.audience,
        published_at: record.published_at,
    }
}
