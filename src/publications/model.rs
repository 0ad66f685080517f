//! What publishing takes and what a publication shows.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    municipalities::MunicipalityRef,
    platform::{auth::permission::Role, error::Fault, id::ProjectId, respond::Entity, text::Text},
    projects::{Audience, Content, Credit, Difference, Field, Fields, Origin, PublicationState, etag},
};

/// How to publish.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PublishRequest {
    /// Who may see it.
    pub audience: Audience,
    /// What is new in this version.
    #[serde(default)]
    #[schema(inline)]
    pub note: Option<Text<1, 1000>>,
}

/// How a project stands towards others, as its owner sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OwnPublication {
    pub id: ProjectId,
    #[serde(flatten)]
    pub state: PublicationState,
    /// What the project lacks before it can be published as it stands; empty when it is ready.
    pub missing: Vec<Fault>,
    #[serde(skip)]
    pub revision: i64,
}

impl Entity for OwnPublication {
    fn etag(&self) -> String {
        etag(self.revision)
    }

    fn location(&self) -> String {
        format!("/v1/publications/{}", self.id)
    }
}

/// A publication in its latest version.
#[derive(Debug, Serialize, ToSchema)]
pub struct Publication {
    pub id: ProjectId,
    /// The number of this version; 1 is the first.
    pub version: i32,
    pub municipality: MunicipalityRef,
    pub audience: Audience,
    /// What is new in this version, in the publisher's words; then whose proposals it took over.
    pub note: Option<String>,
    /// Whose proposals it took over since the version before.
    pub credits: Vec<Credit>,
    #[serde(flatten)]
    pub content: Content,
    /// What it imitates, as far as you may see that; empty for an original.
    pub origins: Vec<Origin>,
    pub first_published_at: DateTime<Utc>,
    /// When the version was published, or shown to more than before.
    pub published_at: DateTime<Utc>,
}

/// One version of a publication.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Version {
    pub publication_id: ProjectId,
    pub version: i32,
    pub municipality: MunicipalityRef,
    pub note: Option<String>,
    /// In which role somebody published it; null when that was not recorded yet.
    pub role: Option<Role>,
    /// Whose proposals it took over since the version before.
    pub credits: Vec<Credit>,
    pub published_at: DateTime<Utc>,
    #[serde(flatten)]
    pub content: Content,
}

impl Entity for Version {
    /// A version never changes.
    fn etag(&self) -> String {
        format!("\"v-{}\"", self.version)
    }

    fn location(&self) -> String {
        format!("/v1/publications/{}/versions/{}", self.publication_id, self.version)
    }
}

/// A version in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VersionSummary {
    pub version: i32,
    pub title: String,
    pub note: Option<String>,
    /// In which role somebody published it; null when that was not recorded yet.
    pub role: Option<Role>,
    /// Whose proposals it took over since the version before.
    pub credits: Vec<Credit>,
    pub published_at: DateTime<Utc>,
}

/// What one version says otherwise than another.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VersionChanges {
    pub publication_id: ProjectId,
    /// 0 for nothing at all.
    pub since: i32,
    pub version: i32,
    /// The members that differ.
    pub fields: Vec<FieldChange>,
    /// The versions that lie between the two with the later of them, newest first, the newest 100 at most: who published
    /// each, and why.
    pub steps: Vec<VersionSummary>,
}

/// How a member differs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldChange {
    pub field: Field,
    pub change: Difference,
}

/// What `after` says otherwise than `before`.
pub(super) fn field_changes(before: &Fields, after: &Fields) -> Vec<FieldChange> {
    let change = |field: &Field| {
        let change = Difference::between(field.form(), before.get(*field), after.get(*field))?;
        Some(FieldChange { field: *field, change })
    };
    Field::ALL.iter().filter_map(change).collect()
}
