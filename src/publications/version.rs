//! What a version shows, and what one says otherwise than another.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    municipalities::MunicipalityRef,
    platform::{auth::permission::Role, id::ProjectId, respond::Entity},
    projects::{Content, Credit, Difference, Field, Fields},
};

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
    /// When its contact was taken out; null when it was not.
    pub redacted_at: Option<DateTime<Utc>>,
    #[serde(flatten)]
    pub content: Content,
}

impl Entity for Version {
    /// A version never changes, but for the contact that can be taken out of it.
    fn etag(&self) -> String {
        let redacted = if self.redacted_at.is_some() { "-redacted" } else { "" };
        format!("\"v-{}{redacted}\"", self.version)
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
    /// The versions from the one to the other, newest first, the newest 100 at most: who published each, and why.
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
