//! The tables `project` and, because it is part of what a project is, `imitation` towards its origins.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::try_join;

use super::{
    content::Content,
    credit::{Credit, Credits},
    model::{
        Audience, Filter, Intent, Mode, Origin, Project, ProjectSummary, PublicationState, Sort, Visibility,
    },
    phase::Phase,
};
use crate::{
    municipalities::MunicipalityRef,
    platform::{
        db::{
            Scope, TenantTx, Tx, prepared,
            schema::{imitation, project, publication, publication_version},
        },
        directory::Directory,
        error::{Code, Error, Result},
        id::{MunicipalityId, ProjectId},
    },
};

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = project, check_for_backend(diesel::pg::Pg))]
pub(crate) struct ProjectRow {
    pub(crate) id: ProjectId,
    pub(crate) municipality_id: MunicipalityId,
    pub(crate) revision: i64,
    pub(crate) content: Content,
    pub(crate) credits: Credits,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// What the table `publication` says of a project.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = publication, check_for_backend(diesel::pg::Pg))]
pub(crate) struct PublishedRow {
    pub(crate) audience: Audience,
    pub(crate) version: i32,
    pub(crate) shown_from: i32,
    pub(crate) project_revision: i64,
    pub(crate) published_at: DateTime<Utc>,
    pub(crate) withdrawn_at: Option<DateTime<Utc>>,
}

/// A project with its publication, if it has one.
pub(crate) type Found = (ProjectRow, Option<PublishedRow>);

pub(crate) async fn insert(
    tx: &TenantTx<'_>,
    id: ProjectId,
    content: Content,
    now: DateTime<Utc>,
) -> Result<Found> {
    let row = (
        project::id.eq(id),
        project::municipality_id.eq(tx.municipality()),
        project::content.eq(&content),
        project::created_at.eq(now),
        project::updated_at.eq(now),
    );
    diesel::insert_into(project::table).values(row).execute(&mut tx.conn()).await?;
    tx.trail().after(&content);
    let municipality_id = tx.municipality();
    let credits = Credits::default();
    let row =
        ProjectRow { id, municipality_id, revision: 1, content, credits, created_at: now, updated_at: now };
    Ok((row, None))
}

/// How many the municipality has.
pub(super) async fn count(tx: &TenantTx<'_>) -> Result<i64> {
    let own = project::table.filter(project::municipality_id.eq(tx.municipality()));
    Ok(own.count().get_result(&mut tx.conn()).await?)
}

pub(crate) async fn exists(tx: &TenantTx<'_>, id: ProjectId) -> Result<bool> {
    let found: Option<ProjectId> =
        project::table.find(id).select(project::id).first(&mut tx.conn()).await.optional()?;
    Ok(found.is_some())
}

pub(crate) async fn find(tx: &TenantTx<'_>, id: ProjectId) -> Result<Found> {
    let query = project::table
        .left_join(publication::table.on(publication::id.eq(project::id)))
        .filter(project::id.eq(id));
    Ok(query
        .select((ProjectRow::as_select(), Option::<PublishedRow>::as_select()))
        .first(&mut tx.conn())
        .await?)
}

/// What those of `ids` say that are the municipality's own.
pub(crate) async fn contents(tx: &TenantTx<'_>, ids: &[ProjectId]) -> Result<BTreeMap<ProjectId, Content>> {
    let query = project::table.filter(project::id.eq_any(ids)).select((project::id, project::content));
    let rows: Vec<(ProjectId, Content)> = query.load(&mut tx.conn()).await?;
    Ok(rows.into_iter().collect())
}

/// As [`find`], and nobody else changes the project until this transaction ends.
///
/// The publication is read by a statement of its own, which PostgreSQL begins when the lock is held: a join would show
/// it as it was before waiting. The two are sent together and always in this order.
pub(crate) async fn lock(tx: &TenantTx<'_>, id: ProjectId) -> Result<Found> {
    let (mut one, mut other) = (tx.conn(), tx.conn());
    let locked = project::table.find(id).select(ProjectRow::as_select()).for_update().first(&mut one);
    let published = publication::table.find(id).select(PublishedRow::as_select()).load(&mut other);
    let (locked, published): (ProjectRow, Vec<PublishedRow>) = try_join!(locked, published)?;
    tx.trail().before(&locked.content);
    Ok((locked, published.into_iter().next()))
}

pub(crate) async fn update(
    tx: &TenantTx<'_>,
    id: ProjectId,
    content: &Content,
    now: DateTime<Utc>,
) -> Result<i64> {
    tx.trail().after(content);
    let changes = (
        project::content.eq(content),
        project::revision.eq(project::revision + 1),
        project::updated_at.eq(now),
    );
    let update = diesel::update(project::table.find(id)).set(changes).returning(project::revision);
    Ok(prepared(update).get_result(&mut tx.conn()).await?)
}

/// Changes a locked project by what somebody proposed, and keeps whom to credit with the next version.
pub(crate) async fn credit(
    tx: &TenantTx<'_>,
    row: ProjectRow,
    (content, credit): (Content, Credit),
    now: DateTime<Utc>,
) -> Result<()> {
    update(tx, row.id, &content, now).await?;
    let Credits(mut credits) = row.credits;
    credits.push(credit);
    write_credits(tx, row.id, &Credits(credits)).await
}

/// Writes the content of a locked project without its contact, and counts nothing.
pub(crate) async fn write_redacted(tx: &TenantTx<'_>, id: ProjectId, content: &Content) -> Result<()> {
    let update = diesel::update(project::table.find(id)).set(project::content.eq(content));
    prepared(update).execute(&mut tx.conn()).await?;
    Ok(())
}

/// Whom a locked project is to credit with its next version.
pub(crate) async fn write_credits(tx: &TenantTx<'_>, id: ProjectId, credits: &Credits) -> Result<()> {
    let update = diesel::update(project::table.find(id)).set(project::credits.eq(credits));
    prepared(update).execute(&mut tx.conn()).await?;
    Ok(())
}

/// Counts a change of a locked project that is not one of its content: a publication or a withdrawal.
pub(crate) async fn touch(tx: &TenantTx<'_>, id: ProjectId, now: DateTime<Utc>) -> Result<()> {
    let changes = (project::revision.eq(project::revision + 1), project::updated_at.eq(now));
    prepared(diesel::update(project::table.find(id)).set(changes)).execute(&mut tx.conn()).await?;
    Ok(())
}

/// Removes a draft. One that was published stays: its lineage must not lie.
pub(crate) async fn delete(tx: &TenantTx<'_>, id: ProjectId) -> Result<()> {
    tx.trail().gone();
    diesel::delete(project::table.find(id)).execute(&mut tx.conn()).await?;
    Ok(())
}

/// What a project imitates, as the reader of the transaction may see it.
pub(crate) async fn origins<S: Scope>(
    tx: &Tx<'_, S>,
    directory: &Directory,
    id: ProjectId,
) -> Result<Vec<Origin>> {
    Ok(origins_of(tx, directory, &[id]).await?.remove(&id).unwrap_or_default())
}

/// As [`origins`], of several projects at once; one without origins is not there.
pub(crate) async fn origins_of<S: Scope>(
    tx: &Tx<'_, S>,
    directory: &Directory,
    ids: &[ProjectId],
) -> Result<BTreeMap<ProjectId, Vec<Origin>>> {
    let version = publication_version::publication_id
        .eq(imitation::parent_id)
        .and(publication_version::version.eq(imitation::parent_version))
        .and(publication::withdrawn_at.is_null());
    let rows: Vec<(OriginRow, Option<DateTime<Utc>>, Option<String>)> = imitation::table
        .left_join(publication::table.on(publication::id.eq(imitation::parent_id)))
        .left_join(publication_version::table.on(version))
        .filter(imitation::project_id.eq_any(ids))
        .order(imitation::rank)
        .select((
            OriginRow::as_select(),
            publication::withdrawn_at.nullable(),
            publication_version::title.nullable(),
        ))
        .load(&mut tx.conn())
        .await?;
    let mut origins: BTreeMap<ProjectId, Vec<Origin>> = BTreeMap::new();
    for row in rows {
        origins.entry(row.0.project_id).or_default().push(origin(directory, row));
    }
    Ok(origins)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = imitation, check_for_backend(diesel::pg::Pg))]
struct OriginRow {
    project_id: ProjectId,
    parent_id: ProjectId,
    parent_version: i32,
    parent_municipality_id: MunicipalityId,
    mode: Mode,
    intent: Intent,
    reason: String,
    imitated_at: DateTime<Utc>,
    detached_at: Option<DateTime<Utc>>,
}

fn origin(directory: &Directory, row: (OriginRow, Option<DateTime<Utc>>, Option<String>)) -> Origin {
    let (row, withdrawn_at, title) = row;
    Origin {
        publication_id: row.parent_id,
        version: row.parent_version,
        title,
        municipality: MunicipalityRef::of(directory, row.parent_municipality_id),
        mode: row.mode,
        intent: row.intent,
        reason: row.reason,
        imitated_at: row.imitated_at,
        withdrawn_at,
        detached_at: row.detached_at,
    }
}

/// Where a page of own projects begins: the sort key of the last item before it, and its id.
pub(crate) type Position = (String, ProjectId);

/// Own projects in the order asked for; one more than the page holds.
pub(crate) async fn page(
    tx: &TenantTx<'_>,
    filter: &Filter,
    after: Option<Position>,
) -> Result<Vec<ProjectSummary>> {
    let mut query = project::table
        .left_join(publication::table.on(publication::id.eq(project::id)))
        .filter(project::municipality_id.eq(tx.municipality()))
        .select((SummaryRow::as_select(), Option::<PublishedRow>::as_select()))
        .limit(filter.limit.fetch())
        .into_boxed();
    if !filter.phase.is_empty() {
        query = query.filter(project::phase.eq_any(filter.phase.clone()));
    }
    query = match filter.state {
        None => query,
        Some(Visibility::Draft) => query.filter(publication::id.is_null()),
        Some(Visibility::Published) => {
            query.filter(publication::id.is_not_null().and(publication::withdrawn_at.is_null()))
        }
        Some(Visibility::Withdrawn) => query.filter(publication::withdrawn_at.is_not_null()),
    };
    // A macro because each sort key has a type of its own.
    macro_rules! newest_first {
        ($key:ident) => {{
            if let Some((key, id)) = after {
                let key = instant(&key)?;
                let later = project::$key.lt(key).or(project::$key.eq(key).and(project::id.lt(id)));
                query = query.filter(project::$key.le(key)).filter(later);
            }
            query.order((project::$key.desc(), project::id.desc()))
        }};
    }
    query = match filter.sort {
        Sort::Updated => newest_first!(updated_at),
        Sort::Created => newest_first!(created_at),
        Sort::Title => {
            if let Some((title, id)) = after {
                let later = project::title
                    .gt(title.clone())
                    .or(project::title.eq(title.clone()).and(project::id.gt(id)));
                query = query.filter(project::title.ge(title)).filter(later);
            }
            query.order((project::title.asc(), project::id.asc()))
        }
    };
    let rows: Vec<(SummaryRow, Option<PublishedRow>)> = query.load(&mut tx.conn()).await?;
    Ok(rows.into_iter().map(|(row, published)| summary(row, published.as_ref())).collect())
}

fn instant(text: &str) -> Result<DateTime<Utc>> {
    text.parse().map_err(|_cause| Error::new(Code::CursorMismatch, "The cursor is of another sort."))
}

/// The place of a project in a list of that order.
pub(crate) fn position(sort: Sort, item: &ProjectSummary) -> Position {
    let key = match sort {
        Sort::Updated => item.updated_at.to_rfc3339(),
        Sort::Created => item.created_at.to_rfc3339(),
        Sort::Title => item.title.clone(),
    };
    (key, item.id)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = project, check_for_backend(diesel::pg::Pg))]
struct SummaryRow {
    id: ProjectId,
    revision: i64,
    title: String,
    phase: Phase,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

fn summary(row: SummaryRow, published: Option<&PublishedRow>) -> ProjectSummary {
    ProjectSummary {
        id: row.id,
        revision: row.revision,
        title: row.title,
        phase: row.phase,
        publication: state(row.revision, published),
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

/// Whether others see a project.
pub(crate) fn visibility(published: Option<&PublishedRow>) -> Visibility {
    match published {
        None => Visibility::Draft,
        Some(row) if row.withdrawn_at.is_some() => Visibility::Withdrawn,
        Some(_) => Visibility::Published,
    }
}

/// How a project at `revision` stands towards others.
pub(crate) fn state(revision: i64, published: Option<&PublishedRow>) -> PublicationState {
    PublicationState {
        state: visibility(published),
        audience: published.map(|row| row.audience),
        version: published.map(|row| row.version),
        published_at: published.map(|row| row.published_at),
        withdrawn_at: published.and_then(|row| row.withdrawn_at),
        unpublished_changes: published.is_some_and(|row| revision > row.project_revision),
    }
}

/// A project as its municipality sees it.
pub(crate) fn project(directory: &Directory, (row, published): Found, origins: Vec<Origin>) -> Project {
    Project {
        id: row.id,
        municipality: MunicipalityRef::of(directory, row.municipality_id),
        revision: row.revision,
        publication: state(row.revision, published.as_ref()),
        content: row.content,
        origins,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}
