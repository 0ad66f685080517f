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
        error::{Code, Error, Fault, Result},
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
    pub(crate) redacted_at: Option<DateTime<Utc>>,
}

pub(crate) async fn find_version<S: Scope>(
    tx: &Tx<'_, S>,
    id: ProjectId,
    version: i32,
) -> Result<VersionRow> {
    let query = publication_version::table.find((id, version)).select(VersionRow::as_select());
    Ok(query.first(&mut tx.conn()).await?)
}

/// A version that a member of a body names.
///
/// # Errors
/// 422 naming the member when the reader may see no such version.
pub(crate) async fn find_named_version<S: Scope>(
    tx: &Tx<'_, S>,
    id: ProjectId,
    version: i32,
    pointer: &'static str,
) -> Result<VersionRow> {
    find_version(tx, id, version).await.map_err(|error| {
        if error.code() != Code::NotFound {
            return error;
        }
        let fault = Fault::invalid(pointer, "must be a version that you may see");
        Error::faults(Code::InvalidBody, "The publication has no such version.", vec![fault])
    })
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
        redacted_at: row.redacted_at,
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

/// What a version says otherwise than another, the one before unless named; than nothing, when that is 0 or not shown.
pub(super) async fn version_changes<S: Scope>(
    tx: &Tx<'_, S>,
    id: ProjectId,
    (since, version): (Option<i32>, i32),
) -> Result<VersionChanges> {
    let after = Fields::of(&find_version(tx, id, version).await?.content)?;
    let (since, before) = match since {
        Some(0) => (0, Fields::default()),
        Some(since) => (since, Fields::of(&find_version(tx, id, since).await?.content)?),
        None => before(tx, id, version).await?,
    };
    let (low, high) = (since.min(version), since.max(version));
    let steps = versions(tx, id, (low, high.saturating_add(1)), STEPS).await?;
    Ok(VersionChanges { publication_id: id, since, version, fields: field_changes(&before, &after), steps })
}

/// The version before one, with what it says; 0 when the reader may see none.
async fn before<S: Scope>(tx: &Tx<'_, S>, id: ProjectId, version: i32) -> Result<(i32, Fields)> {
    match find_version(tx, id, version.saturating_sub(1)).await {
        Ok(row) => Ok((row.version, Fields::of(&row.content)?)),
        Err(error) if error.code() == Code::NotFound => Ok((0, Fields::default())),
        Err(error) => Err(error),
    }
}
