//! The tables `publication` and `publication_version`: what is shown, and publishing it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::try_join;

use super::external::External;
use super::model::{OwnPublication, Publication, PublishRequest};
pub(crate) use super::version_store::{VersionRow, find_named_version, find_version};
use crate::{
    changes::{self, Change, ChangeKind},
    municipalities::MunicipalityRef,
    platform::{
        auth::permission::Role,
        db::{
            Scope, TenantTx, Tx, prepared,
            schema::{publication, publication_version},
        },
        directory::Directory,
        error::{Code, Error, Result},
        id::{MunicipalityId, ProjectId},
        text::Text,
    },
    projects::{
        Audience, Credits, Origin,
        store::{self as projects, Found, ProjectRow, PublishedRow},
    },
};

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = publication, check_for_backend(diesel::pg::Pg))]
pub(crate) struct PublicationRow {
    pub(crate) id: ProjectId,
    pub(crate) municipality_id: MunicipalityId,
    pub(crate) audience: Audience,
    pub(crate) version: i32,
    pub(crate) first_published_at: DateTime<Utc>,
    pub(crate) published_at: DateTime<Utc>,
    pub(crate) withdrawn_at: Option<DateTime<Utc>>,
    successor_id: Option<ProjectId>,
    pub(crate) external: Option<External>,
}

/// A publication that the transaction's reader may see, withdrawn or not.
pub(crate) async fn find<S: Scope>(tx: &Tx<'_, S>, id: ProjectId) -> Result<PublicationRow> {
    Ok(publication::table.find(id).select(PublicationRow::as_select()).first(&mut tx.conn()).await?)
}

/// As [`find`], but 410 when it is withdrawn.
pub(crate) async fn find_present<S: Scope>(tx: &Tx<'_, S>, id: ProjectId) -> Result<PublicationRow> {
    present(tx, find(tx, id).await?).await
}

async fn present<S: Scope>(tx: &Tx<'_, S>, row: PublicationRow) -> Result<PublicationRow> {
    let Some(at) = row.withdrawn_at else { return Ok(row) };
    let refused = Error::new(Code::Withdrawn, format!("Its owner took it back at {}.", at.to_rfc3339()));
    let Some(heir) = row.successor_id else { return Err(refused) };
    // Named to whoever may see it, and as long as it is there.
    let shown = find(tx, heir).await.is_ok_and(|heir| heir.withdrawn_at.is_none());
    Err(if shown { refused.succeeded_by(format!("/v1/publications/{heir}")) } else { refused })
}

/// As [`find_present`], with the latest version.
pub(crate) async fn find_latest<S: Scope>(
    tx: &Tx<'_, S>,
    id: ProjectId,
) -> Result<(PublicationRow, VersionRow)> {
    let query = publication::table.left_join(publication_version::table.on(is_latest()));
    let query = query.filter(publication::id.eq(id));
    let query = query.select((PublicationRow::as_select(), Option::<VersionRow>::as_select()));
    let (row, version) = query.first(&mut tx.conn()).await?;
    let row = present(tx, row).await?;
    Ok((row, version.ok_or_else(Error::not_found)?))
}

/// The latest versions of those of `ids` that the transaction's reader may see and that are not withdrawn.
pub(crate) async fn find_all_latest<S: Scope>(tx: &Tx<'_, S>, ids: &[ProjectId]) -> Result<Vec<VersionRow>> {
    let query = publication::table.inner_join(publication_version::table.on(is_latest()));
    let query = query.filter(publication::id.eq_any(ids).and(publication::withdrawn_at.is_null()));
    Ok(query.select(VersionRow::as_select()).load(&mut tx.conn()).await?)
}

/// Joins a publication with the version that it shows.
#[diesel::dsl::auto_type(no_type_alias)]
pub(crate) fn is_latest() -> _ {
    let of_publication = publication_version::publication_id.eq(publication::id);
    of_publication.and(publication_version::version.eq(publication::version))
}

/// A publication in its latest version, with the origins that its reader may see.
pub(crate) async fn show<S: Scope>(
    tx: &Tx<'_, S>,
    directory: &Directory,
    id: ProjectId,
) -> Result<Publication> {
    let row = find_present(tx, id).await?;
    let version = find_version(tx, id, row.version).await?;
    let origins = projects::origins(tx, directory, id).await?;
    Ok(publication(directory, &row, version, origins))
}

/// Those of `ids` that the transaction's reader may see and that are not withdrawn, as [`show`] shows them.
pub(crate) async fn show_all<S: Scope>(
    tx: &Tx<'_, S>,
    directory: &Directory,
    ids: &[ProjectId],
) -> Result<Vec<Publication>> {
    let query = publication::table.inner_join(publication_version::table.on(is_latest()));
    let query = query.filter(publication::id.eq_any(ids).and(publication::withdrawn_at.is_null()));
    let query = query.select((PublicationRow::as_select(), VersionRow::as_select()));
    with_origins(tx, directory, query.load(&mut tx.conn()).await?).await
}

/// As [`show_all`], those that follow `after` by id; at most `limit`.
pub(crate) async fn show_after<S: Scope>(
    tx: &Tx<'_, S>,
    directory: &Directory,
    after: ProjectId,
    limit: i64,
) -> Result<Vec<Publication>> {
    let query = publication::table.inner_join(publication_version::table.on(is_latest()));
    let query = query.filter(publication::id.gt(after).and(publication::withdrawn_at.is_null()));
    let query = query.select((PublicationRow::as_select(), VersionRow::as_select()));
    let query = query.order(publication::id).limit(limit);
    with_origins(tx, directory, query.load(&mut tx.conn()).await?).await
}

async fn with_origins<S: Scope>(
    tx: &Tx<'_, S>,
    directory: &Directory,
    rows: Vec<(PublicationRow, VersionRow)>,
) -> Result<Vec<Publication>> {
    let ids: Vec<ProjectId> = rows.iter().map(|(row, _)| row.id).collect();
    let mut origins = projects::origins_of(tx, directory, &ids).await?;
    let show = |(row, version): (PublicationRow, VersionRow)| {
        let origins = origins.remove(&row.id).unwrap_or_default();
        publication(directory, &row, version, origins)
    };
    Ok(rows.into_iter().map(show).collect())
}

fn publication(
    directory: &Directory,
    row: &PublicationRow,
    version: VersionRow,
    origins: Vec<Origin>,
) -> Publication {
    Publication {
        id: row.id,
        version: row.version,
        municipality: MunicipalityRef::of(directory, row.municipality_id),
        audience: row.audience,
        note: version.note,
        credits: version.credits.0,
        content: version.content,
        external: row.external.clone(),
        origins,
        first_published_at: row.first_published_at,
        published_at: row.published_at,
    }
}

/// How a project stands towards others.
pub(crate) fn own((row, published): Found) -> OwnPublication {
    OwnPublication {
        id: row.id,
        state: projects::state(row.revision, published.as_ref()),
        missing: row.content.missing_for_publication(),
        revision: row.revision,
    }
}

/// What publishing did.
pub(crate) enum Outcome {
    /// Nothing was to do: the same version is shown to the same audience already.
    Unchanged,
    /// The publication is there for the first time, or again.
    Created,
    Changed,
}

/// Publishes a locked project as it stands: a new version when its content changed since the last, another
/// audience, or nothing when neither did, so that publishing twice is publishing once.
pub(crate) async fn publish(
    tx: &TenantTx<'_>,
    (row, published): Found,
    request: &PublishRequest,
    act: (Role, DateTime<Utc>),
) -> Result<(Outcome, Found)> {
    let missing = row.content.missing_for_publication();
    if !missing.is_empty() {
        return Err(Error::faults(
            Code::NotReadyToPublish,
            "Fill in what is missing, then publish again.",
            missing,
        ));
    }
    publish_as_it_is(tx, (row, published), request, act).await
}

/// As [`publish`], whatever is missing.
pub(super) async fn publish_as_it_is(
    tx: &TenantTx<'_>,
    (row, published): Found,
    request: &PublishRequest,
    (role, now): (Role, DateTime<Utc>),
) -> Result<(Outcome, Found)> {
    let (next, before) = (published.as_ref().map_or(1, |before| before.version + 1), published);
    match before {
        Some(before) if before.withdrawn_at.is_none() && row.revision > before.project_revision => {
            let shown_from = if widens(&before, request) { next } else { before.shown_from };
            let shown = shown(request.audience, next, shown_from, now);
            let fact = (ChangeKind::VersionPublished, Some(before.audience));
            let found = write(tx, row, request, (fact, shown), (role, now)).await?;
            Ok((Outcome::Changed, found))
        }
        Some(before) if before.withdrawn_at.is_none() && before.audience == request.audience => {
            Ok((Outcome::Unchanged, (row, Some(before))))
        }
        Some(before) if before.withdrawn_at.is_none() => {
            let found = change_audience(tx, row, before, request, now).await?;
            Ok((Outcome::Changed, found))
        }
        // The first time, or again: what was taken back does not come back with it.
        None | Some(_) => {
            let shown = shown(request.audience, next, next, now);
            let found = write(tx, row, request, ((ChangeKind::Published, None), shown), (role, now)).await?;
            Ok((Outcome::Created, found))
        }
    }
}

/// Whether more may see it than before. Older versions were not written for them.
fn widens(before: &PublishedRow, request: &PublishRequest) -> bool {
    before.audience == Audience::Region && request.audience == Audience::Public
}

/// A publication as it is to be shown; the revision is that of the writing.
fn shown(audience: Audience, version: i32, shown_from: i32, now: DateTime<Utc>) -> PublishedRow {
    PublishedRow { audience, version, shown_from, project_revision: 0, published_at: now, withdrawn_at: None }
}

/// Writes a version, the publication that shows it, and the change: together, all or nothing.
async fn write(
    tx: &TenantTx<'_>,
    mut row: ProjectRow,
    request: &PublishRequest,
    (fact, mut published): (Fact, PublishedRow),
    (role, now): (Role, DateTime<Utc>),
) -> Result<Found> {
    row.revision += 1;
    row.updated_at = now;
    published.project_revision = row.revision;
    let note = row.credits.in_note(request.note.as_ref().map(Text::as_str), row.content.language);
    let snapshot = (
        publication_version::publication_id.eq(row.id),
        publication_version::version.eq(published.version),
        publication_version::municipality_id.eq(tx.municipality()),
        publication_version::content.eq(&row.content),
        publication_version::note.eq(note),
        publication_version::credits.eq(&row.credits),
        publication_version::role.eq(role),
        publication_version::published_at.eq(now),
    );
    let mut conn = tx.conn();
    let snapshot = diesel::insert_into(publication_version::table).values(snapshot).execute(&mut conn);
    try_join!(show_as(tx, row.id, fact, &published, now), async { Ok(snapshot.await?) })?;
    if row.credits != Credits::default() {
        projects::write_credits(tx, row.id, &Credits::default()).await?;
    }
    Ok((row, Some(published)))
}

/// What happened to a publication, and for whom it was before; for nobody else, when it was not there.
type Fact = (ChangeKind, Option<Audience>);

/// Makes a publication be shown in a way, and records that it is.
async fn show_as(
    tx: &TenantTx<'_>,
    id: ProjectId,
    (kind, audience_before): Fact,
    shown: &PublishedRow,
    now: DateTime<Utc>,
) -> Result<()> {
    let (version, audience) = (shown.version, shown.audience);
    let (owner, about) = (tx.municipality(), None);
    let change =
        Change { kind, publication: id, owner, version, audience, audience_before, about, occurred_at: now };
    try_join!(projects::touch(tx, id, now), upsert(tx, id, shown), changes::record(tx, change))?;
    Ok(())
}

async fn upsert(tx: &TenantTx<'_>, id: ProjectId, row: &PublishedRow) -> Result<()> {
    let shown = (
        publication::audience.eq(row.audience),
        publication::version.eq(row.version),
        publication::shown_from.eq(row.shown_from),
        publication::project_revision.eq(row.project_revision),
        publication::published_at.eq(row.published_at),
        publication::withdrawn_at.eq(row.withdrawn_at),
        publication::successor_id.eq(None::<ProjectId>),
    );
    let key = (
        publication::id.eq(id),
        publication::municipality_id.eq(tx.municipality()),
        publication::first_published_at.eq(row.published_at),
    );
    let insert = diesel::insert_into(publication::table).values((key, shown));
    let upsert = insert.on_conflict(publication::id).do_update().set(shown);
    prepared(upsert).execute(&mut tx.conn()).await?;
    Ok(())
}

/// Counts a change of a locked project that others cannot see: what is published stays as equal to it as it was.
pub(crate) async fn count_up(tx: &TenantTx<'_>, found: &mut Found, now: DateTime<Utc>) -> Result<()> {
    let (row, published) = found;
    if let Some(published) = published.as_mut().filter(|shown| shown.project_revision == row.revision) {
        published.project_revision += 1;
        let equal = publication::project_revision.eq(published.project_revision);
        prepared(diesel::update(publication::table.find(row.id)).set(equal)).execute(&mut tx.conn()).await?;
    }
    row.revision += 1;
    row.updated_at = now;
    projects::touch(tx, row.id, now).await
}

async fn change_audience(
    tx: &TenantTx<'_>,
    mut row: ProjectRow,
    mut published: PublishedRow,
    request: &PublishRequest,
    now: DateTime<Utc>,
) -> Result<Found> {
    row.revision += 1;
    row.updated_at = now;
    if widens(&published, request) {
        published.shown_from = published.version;
        // New to those who see it only now, in whatever is sorted by newness.
        published.published_at = now;
    }
    let fact = (ChangeKind::AudienceChanged, Some(published.audience));
    published.audience = request.audience;
    published.project_revision = row.revision;
    show_as(tx, row.id, fact, &published, now).await?;
    Ok((row, Some(published)))
}

/// Takes a publication of a locked project back; its versions, its lineage and a tombstone stay. Returns the
/// project's new revision.
pub(crate) async fn withdraw(tx: &TenantTx<'_>, (row, published): Found, now: DateTime<Utc>) -> Result<i64> {
    let Some(mut published) = published.filter(|published| published.withdrawn_at.is_none()) else {
        return Err(Error::new(Code::NotPublished, "There is nothing to withdraw."));
    };
    let revision = row.revision + 1;
    // A withdrawal is not an edit: it must not look like an unpublished change, nor hide one.
    if row.revision == published.project_revision {
        published.project_revision = revision;
    }
    published.withdrawn_at = Some(now);
    let fact = (ChangeKind::Withdrawn, Some(published.audience));
    show_as(tx, row.id, fact, &published, now).await?;
    Ok(revision)
}
