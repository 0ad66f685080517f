//! A project, and where it came from.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{content::Content, phase::Phase};
use crate::{
    municipalities::MunicipalityRef,
    platform::{
        closed::closed,
        error::Result,
        fingerprint::fingerprint,
        id::{MunicipalityId, ProjectId},
        page::Limit,
        respond::Entity,
    },
};

closed! {
    /// Who may see a publication.
    pub enum Audience {
        /// The municipalities that share a region with the owner.
        Region = "region",
        /// Everybody.
        Public = "public",
    }
}

closed! {
    /// How close an imitation stays to its origin.
    pub enum Mode {
        /// Taken as it is.
        Copied = "copied",
        /// Changed to fit.
        Adapted = "adapted",
        /// The idea only.
        Inspired = "inspired",
    }
}

closed! {
    /// Whether an imitation is a plan, or was done already when it was recorded.
    pub enum Intent {
        WillDo = "will_do",
        HaveDone = "have_done",
    }
}

closed! {
    /// Whether others see a project.
    pub enum Visibility {
        /// Never published: nobody else knows of it.
        Draft = "draft",
        /// Its latest version is shown to its audience.
        Published = "published",
        /// Taken back; a tombstone stays.
        Withdrawn = "withdrawn",
    }
}

/// A municipality's own project.
#[derive(Debug, Serialize, ToSchema)]
pub struct Project {
    pub id: ProjectId,
    pub municipality: MunicipalityRef,
    /// Counts changes; the `ETag` is made of it.
    pub revision: i64,
    #[serde(flatten)]
    pub content: Content,
    pub publication: PublicationState,
    /// What it imitates; empty for an original. The first is the one whose content was copied.
    pub origins: Vec<Origin>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// How a project stands towards others.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PublicationState {
    pub state: Visibility,
    /// Null for a draft.
    pub audience: Option<Audience>,
    /// The latest version; null for a draft.
    pub version: Option<i32>,
    pub published_at: Option<DateTime<Utc>>,
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Whether the project was changed since.
    pub unpublished_changes: bool,
}

/// A publication that was imitated.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Origin {
    pub publication_id: ProjectId,
    /// The version that was imitated.
    pub version: i32,
    /// Its title; null when it is withdrawn or no longer shown to you.
    pub title: Option<String>,
    pub municipality: MunicipalityRef,
    pub mode: Mode,
    pub intent: Intent,
    /// Why it was imitated.
    pub reason: String,
    pub imitated_at: DateTime<Utc>,
    /// When the origin was withdrawn; null while it is not.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// When the imitator stopped following it; null while it does.
    pub detached_at: Option<DateTime<Utc>>,
}

closed! {
    /// The order of own projects.
    #[derive(Default)]
    pub enum Sort {
        /// Last changed first.
        #[default]
        Updated = "updated",
        /// Newest first.
        Created = "created",
        /// By title.
        Title = "title",
    }
}

/// Which own projects, in which order.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filter {
    /// Only these phases (repeat for several).
    #[serde(default)]
    #[param(inline)]
    pub phase: Vec<Phase>,
    /// Only drafts, published or withdrawn ones.
    #[param(inline)]
    pub state: Option<Visibility>,
    /// `updated` (last changed first), `created` (newest first) or `title`.
    #[serde(default)]
    #[param(inline)]
    pub sort: Sort,
    /// How many items a page holds.
    #[serde(default)]
    #[param(inline)]
    pub limit: Limit,
    /// From `page.next`; opaque.
    pub cursor: Option<String>,
}

impl Filter {
    /// What a cursor is bound to.
    pub(crate) fn scope(&self, owner: MunicipalityId) -> Result<String> {
        let scope = serde_json::to_string(&(owner, &self.phase, self.state, self.sort));
        Ok(scope.map_err(anyhow::Error::from)?)
    }
}

/// A project in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProjectSummary {
    pub id: ProjectId,
    pub revision: i64,
    pub title: String,
    pub phase: Phase,
    pub publication: PublicationState,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// The entity tag of a project at a revision; its publication, as the owner sees it, has the same.
pub fn etag(revision: i64) -> String {
    format!("\"p-{revision}\"")
}

/// Tells origins from what they were before: they change without the project's doing.
fn appearance(origins: &[Origin]) -> String {
    let shown: Vec<_> =
        origins.iter().map(|origin| (&origin.title, origin.withdrawn_at, origin.detached_at)).collect();
    fingerprint(format!("{shown:?}").as_bytes())
}

impl Entity for Project {
    /// The revision, and what can change without it: whether its origins are still shown. `If-Match` compares the
    /// revision alone.
    fn etag(&self) -> String {
        if self.origins.is_empty() {
            return etag(self.revision);
        }
        format!("\"p-{}-{}\"", self.revision, appearance(&self.origins))
    }

    fn location(&self) -> String {
        format!("/v1/projects/{}", self.id)
    }
}
