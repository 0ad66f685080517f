//! A publication as the index holds it.

use std::borrow::Cow;

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{facet::Facet, members::Member};
use crate::{
    platform::{
        id::{MunicipalityId, ProjectId},
        language::Language,
        text::Text,
    },
    projects::{Audience, Content, Phase},
};

/// A publication as the record has it, with the imitations that count for it.
#[derive(Debug, Serialize)]
pub(super) struct Record {
    pub(super) id: ProjectId,
    pub(super) municipality: MunicipalityId,
    pub(super) municipality_name: String,
    pub(super) audience: Audience,
    pub(super) version: i32,
    pub(super) published_at: DateTime<Utc>,
    pub(super) content: Content,
    pub(super) imitators: Vec<(MunicipalityId, Audience)>,
    /// Who has it in use, and who may know that: each municipality once.
    pub(super) users: Vec<(MunicipalityId, Audience)>,
}

impl Record {
    /// Tells this state of a publication from every other.
    pub(super) fn digest(&self) -> anyhow::Result<u64> {
        let hash = digest(&SHA256, &serde_json::to_vec(self)?);
        Ok(u64::from_le_bytes(hash.as_ref().first_chunk().copied().unwrap_or_default()))
    }
}

/// What is stored: what a hit shows, and the texts that highlights are cut from. No contact.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Stored {
    pub(super) municipality: MunicipalityId,
    pub(super) card: Card,
    pub(super) texts: Vec<(Member, String)>,
}

impl Stored {
    /// Everything that is searched, with the member that it stands in.
    pub(super) fn members<'s>(
        &'s self,
        municipality: &'s str,
    ) -> impl Iterator<Item = (Member, Cow<'s, str>)> {
        let card = &self.card;
        let head = [
            (Member::Title, Cow::from(&card.title)),
            (Member::Summary, card.summary.as_deref().unwrap_or_default().into()),
            (Member::Tags, card.tags.join(", ").into()),
            (Member::Municipality, municipality.into()),
        ];
        head.into_iter().chain(self.texts.iter().map(|(member, text)| (*member, text.into())))
    }
}

/// What a hit shows of a publication.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Card {
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

/// What others made of a publication.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Uptake {
    /// Imitations that you may see.
    pub imitations: u32,
    /// Other municipalities that have it in use, evaluated or not, as far as you may see.
    pub users: u32,
}

/// The number of everybody among those who find a document; no municipality has it.
pub(super) const EVERYBODY: u32 = 0;

/// Who finds a document: everybody, or the neighbours of a municipality.
pub(super) fn readers(audience: Audience, owner: MunicipalityId) -> u32 {
    match audience {
        Audience::Public => EVERYBODY,
        Audience::Region => owner.number(),
    }
}

/// An imitator or a user as the columns keep them: who, and in the lowest bit whether everybody sees it.
pub(super) fn taker(municipality: MunicipalityId, audience: Audience) -> u64 {
    u64::from(municipality.number()) << 1 | u64::from(audience == Audience::Public)
}

/// The texts that are searched and that a card does not show, by their members.
pub(super) fn texts(content: &Content) -> Vec<(Member, String)> {
    let target_groups = content.target_groups.iter().map(Text::as_str).collect::<Vec<_>>().join(", ");
    let texts = [
        (Member::Need, text(content.need.as_ref())),
        (Member::Solution, text(content.solution.as_ref())),
        (Member::Results, text(content.results.as_ref())),
        (Member::Lessons, text(content.lessons.as_ref())),
        (Member::TransferNotes, text(content.transfer_notes.as_ref())),
        (Member::TargetGroups, Some(target_groups.as_str()).filter(|text| !text.is_empty())),
    ];
    texts.into_iter().filter_map(|(member, text)| Some((member, text?.to_owned()))).collect()
}

fn text<const MIN: usize, const MAX: usize>(text: Option<&Text<MIN, MAX>>) -> Option<&str> {
    text.map(Text::as_str)
}

pub(super) fn facets(record: &Record) -> Vec<String> {
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

pub(super) fn card(record: &Record) -> Card {
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
