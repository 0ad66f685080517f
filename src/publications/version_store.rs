//! The table `publication_version`: what was published when, and what it changed.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::version::{Version, VersionChanges, VersionSummary, field_changes};
use crate::{
    municipalities::MunicipalityRef,
    platform::{
        auth::permission::Role,
        db::{Scope, Tx, schema::publication_version},
        directory::Directory,
        error::Result,
        id::{MunicipalityId, ProjectId},
    },
    projects::{Content, Credits, Fields},
};

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = publication_version, check_for_backend(diesel::pg::Pg))]
pub(crate) struct VersionRow {
    pub(crate) publication_id: ProjectId,
    pub(crate) version: i32,
    pub(crate) municipality_id: MunicipalityId,
    pub(crate) content: Content,
    pub(crate) note: Option<String>,
    pub(crate) role: Option<Role>,
    pub(crate) credits: Credits,
    pub(crate) published_at: DateTime<Utc>,
}

pub(crate) async fn find_version<S: Scope>(
    tx: &Tx<'_, S>,
    id: ProjectId,
    version: i32,
) -> Result<VersionRow> {
    let query = publication_version::table.find((id, version)).select(VersionRow::as_select());
    Ok(query.first(&mut tx.conn()).await?)
}

pub(super) fn version(directory: &Directory, row: VersionRow) -> Version {
    Version {
        publication_id: row.publication_id,
        version: row.version,
        municipality: MunicipalityRef::of(directory, row.municipality_id),
        note: row.note,
        role: row.role,
        credits: row.credits.0,
        published_at: row.published_at,
        content: row.content,
    }
}

type SummaryRow = (i32, String, Option<String>, Option<Role>, Credits, DateTime<Utc>);

/// Versions between two, which are not among them, newest first; at most `fetch`.
pub(super) async fn versions<S: Scope>(
    tx: &Tx<'_, S>,
    id: ProjectId,
    (after, before): (i32, i32),
    fetch: i64,
) -> Result<Vec<VersionSummary>> {
    use publication_version::dsl;
    let query = dsl::publication_version
        .filter(dsl::publication_id.eq(id).and(dsl::version.gt(after)).and(dsl::version.lt(before)))
        .order(dsl::version.desc())
        .limit(fetch)
        .select((dsl::version, dsl::title, dsl::note, dsl::role, dsl::credits, dsl::published_at));
    let rows: Vec<SummaryRow> = query.load(&mut tx.conn()).await?;
    let summary = |(version, title, note, role, credits, published_at): SummaryRow| VersionSummary {
        version,
        title,
        note,
        role,
        credits: credits.0,
        published_at,
    };
    Ok(rows.into_iter().map(summary).collect())
}

/// How many versions are told of between two that are compared.
const STEPS: i64 = 100;

/// What a version says otherwise than another; than nothing, when that is 0.
pub(super) async fn version_changes<S: Scope>(
    tx: &Tx<'_, S>,
    id: ProjectId,
    (since, version): (i32, i32),
) -> Result<VersionChanges> {
    let after = Fields::of(&find_version(tx, id, version).await?.content)?;
    let before = match since {
        0 => Fields::default(),
        since => Fields::of(&find_version(tx, id, since).await?.content)?,
    };
    let (low, high) = (since.min(version), since.max(version));
    let steps = versions(tx, id, (low, high.saturating_add(1)), STEPS).await?;
    Ok(VersionChanges { publication_id: id, since, version, fields: field_changes(&before, &after), steps })
}
