//! What publishing takes and what a publication shows.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::external::External;
use crate::{
    municipalities::MunicipalityRef,
    platform::{error::Fault, id::ProjectId, respond::Entity, text::Text},
    projects::{Audience, Content, Credit, Origin, PublicationState, etag},
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
    /// Where it was read from, when no municipality here owns it; left out otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external: Option<External>,
    /// What it imitates, as far as you may see that; empty for an original.
    pub origins: Vec<Origin>,
    pub first_published_at: DateTime<Utc>,
    /// When the version was published, or shown to more than before.
    pub published_at: DateTime<Utc>,
}
