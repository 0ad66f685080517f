//! The newest hits of a saved search, as feed readers take them.

use atom_syndication as atom;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{model::Feeds, store::SearchRow};
use crate::{
    municipalities::MunicipalityRef,
    platform::{error::Result, fingerprint::fingerprint, id::ProjectId, public_url::PublicUrl},
    search::Newest,
};

/// A page of a feed.
pub(super) struct Feed<'f> {
    pub(super) of: SearchRow,
    /// Whose search it is.
    pub(super) owner: MunicipalityRef,
    pub(super) hits: Vec<Newest>,
    /// The path of the next page.
    pub(super) next: Option<String>,
    pub(super) public_url: &'f PublicUrl,
}

/// A JSON Feed, version 1.1.
#[derive(Serialize, ToSchema)]
pub(super) struct JsonFeed {
    version: &'static str,
    title: String,
    feed_url: String,
    /// The page behind this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_url: Option<String>,
    items: Vec<JsonItem>,
}

/// A publication that was found.
#[derive(Serialize, ToSchema)]
struct JsonItem {
    /// `urn:uuid:` and the publication's id: a new version is the same item.
    id: String,
    url: String,
    title: String,
    /// The summary; the title where there is none.
    content_text: String,
    /// When the version that is shown was published.
    date_published: DateTime<Utc>,
    tags: Vec<String>,
    language: &'static str,
    authors: Vec<JsonAuthor>,
    _glomma: JsonExtension,
}

/// Whose publication it is.
#[derive(Serialize, ToSchema)]
struct JsonAuthor {
    name: String,
}

/// What a JSON Feed has no member for.
#[derive(Serialize, ToSchema)]
struct JsonExtension {
    id: ProjectId,
    version: i32,
    municipality: MunicipalityRef,
    /// Imitations that you may see.
    imitations: u32,
}

impl Feed<'_> {
    /// A weak entity tag (RFC 9110 §8.8.1): the cursor in the link to the next page is another every time.
    ///
    /// # Errors
    /// When the feed cannot be written.
    pub(super) fn etag(&self) -> Result<String> {
        let lasting = (JsonFeed { next_url: None, ..self.to_json() }, self.next.is_some());
        let lasting = serde_json::to_vec(&lasting).map_err(anyhow::Error::from)?;
        Ok(format!("W/\"f-{}\"", fingerprint(&lasting)))
    }

    pub(super) fn to_json(&self) -> JsonFeed {
        JsonFeed {
            version: "https://jsonfeed.org/version/1.1",
            title: self.of.content.title.as_str().to_owned(),
            feed_url: self.public_url.link(&Feeds::of(self.of.id).json),
            next_url: self.next.as_ref().map(|next| self.public_url.link(next)),
            items: self.hits.iter().map(|hit| self.json_item(hit)).collect(),
        }
    }

    fn json_item(&self, hit: &Newest) -> JsonItem {
        let Newest { card, municipality, uptake } = hit;
        JsonItem {
            id: urn(card.id),
            url: self.address(card.id),
            title: card.title.clone(),
            content_text: card.summary.as_ref().unwrap_or(&card.title).clone(),
            date_published: card.published_at,
            tags: card.tags.clone(),
            language: card.language.code(),
            authors: vec![JsonAuthor { name: municipality.name.clone() }],
            _glomma: JsonExtension {
                id: card.id,
                version: card.version,
                municipality: municipality.clone(),
                imitations: uptake.imitations,
            },
        }
    }

    pub(super) fn to_atom(&self) -> String {
        let link = |rel: &str, href| atom::Link { rel: rel.to_owned(), href, ..atom::Link::default() };
        let own = link("self", self.public_url.link(&Feeds::of(self.of.id).atom));
        let next = self.next.as_ref().map(|next| link("next", self.public_url.link(next)));
        let updated = self.hits.first().map_or(self.of.created_at, |hit| hit.card.published_at);
        let feed = atom::Feed {
            id: format!("urn:uuid:{}", self.of.id),
            title: legal(self.of.content.title.as_str()).into(),
            updated: updated.into(),
            authors: vec![person(&self.owner)],
            links: std::iter::once(own).chain(next).collect(),
            entries: self.hits.iter().map(|hit| self.entry(hit)).collect(),
            ..atom::Feed::default()
        };
        feed.to_string()
    }

    fn entry(&self, Newest { card, municipality, .. }: &Newest) -> atom::Entry {
        let category = |tag: &String| atom::Category { term: legal(tag), ..atom::Category::default() };
        atom::Entry {
            id: urn(card.id),
            title: legal(&card.title).into(),
            updated: card.published_at.into(),
            authors: vec![person(municipality)],
            categories: card.tags.iter().map(category).collect(),
            links: vec![atom::Link {
                rel: "alternate".to_owned(),
                href: self.address(card.id),
                mime_type: Some("application/json".to_owned()),
                ..atom::Link::default()
            }],
            summary: card.summary.as_deref().map(|summary| legal(summary).into()),
            ..atom::Entry::default()
        }
    }

    fn address(&self, id: ProjectId) -> String {
        self.public_url.link(&format!("/v1/publications/{id}"))
    }
}

fn person(municipality: &MunicipalityRef) -> atom::Person {
    atom::Person { name: municipality.name.clone(), ..atom::Person::default() }
}

/// Without the two characters that XML 1.0 has no place for and that texts once were stored with.
fn legal(text: &str) -> String {
    text.replace(['\u{FFFE}', '\u{FFFF}'], "")
}

fn urn(id: ProjectId) -> String {
    format!("urn:uuid:{id}")
}
