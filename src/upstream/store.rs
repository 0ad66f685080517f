//! The table `imitation` from the imitator's side.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    choice::{followed, to_version},
    compare::{Contents, status},
    model::{Merge, MergeRequest, Upstream, UpstreamStatus, Upstreams},
};
use crate::{
    changes::{self, Change, ChangeKind},
    municipalities::MunicipalityRef,
    platform::{
        db::{
            TenantTx, prepared,
            schema::{imitation, imitation_base, publication, publication_version},
        },
        directory::Directory,
        error::Result,
        fingerprint::fingerprint,
        id::{MunicipalityId, ProjectId},
    },
    projects::{
        Content, Fields, Mode, check_codes,
        store::{self as projects, Found, ProjectRow, PublishedRow},
    },
    publications::store as publications,
};

/// An edge, as the imitator keeps it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = imitation, check_for_backend(diesel::pg::Pg))]
pub(super) struct EdgeRow {
    pub(super) parent_id: ProjectId,
    parent_municipality_id: MunicipalityId,
    mode: Mode,
    pub(super) detached_at: Option<DateTime<Utc>>,
    detachment_reason: Option<String>,
}

/// What an edge is compared from.
#[derive(Queryable, Selectable)]
#[diesel(table_name = imitation_base, check_for_backend(diesel::pg::Pg))]
pub(super) struct BaseRow {
    pub(super) version: i32,
    pub(super) fields: Fields,
}

/// An edge with its base, and what the imitator may see of the upstream now.
pub(super) type Seen = (EdgeRow, BaseRow, Option<PublishedRow>, Option<Content>);

/// The edges of an own project, with the latest version of each upstream.
pub(super) async fn edges(tx: &TenantTx<'_>, project: ProjectId) -> Result<Vec<Seen>> {
    let shown = publications::is_latest().and(publication::withdrawn_at.is_null());
    let base = imitation_base::project_id
        .eq(imitation::project_id)
        .and(imitation_base::parent_id.eq(imitation::parent_id));
    let query = imitation::table
        .inner_join(imitation_base::table.on(base))
        .left_join(publication::table.on(publication::id.eq(imitation::parent_id)))
        .left_join(publication_version::table.on(shown))
        .filter(imitation::project_id.eq(project).and(imitation::municipality_id.eq(tx.municipality())))
        .order(imitation::rank)
        .select((
            EdgeRow::as_select(),
            BaseRow::as_select(),
            Option::<PublishedRow>::as_select(),
            publication_version::content.nullable(),
        ));
    Ok(query.load(&mut tx.conn()).await?)
}

/// The entity tag of a comparison: what it is made from, and not how it came out.
pub(super) fn tag(revision: i64, edges: &[Seen]) -> String {
    let seen = edges.iter().map(|(edge, base, shown, content)| {
        let latest = shown.as_ref().map(|shown| (shown.version, shown.withdrawn_at));
        format!("{} {} {:?} {latest:?} {}", edge.parent_id, base.version, edge.detached_at, content.is_some())
    });
    format!("\"u-{revision}-{}\"", fingerprint(seen.collect::<Vec<_>>().join("\n").as_bytes()))
}

/// A project compared with everything that it imitates.
pub(super) fn upstreams(directory: &Directory, row: &ProjectRow, edges: Vec<Seen>) -> Result<Upstreams> {
    let (mine, tag) = (Fields::shared(&row.content)?, tag(row.revision, &edges));
    let items = edges.into_iter().map(|edge| upstream(directory, edge, &mine)).collect::<Result<_>>()?;
    Ok(Upstreams { project_id: row.id, revision: row.revision, items, tag })
}

fn upstream(directory: &Directory, (edge, base, shown, content): Seen, mine: &Fields) -> Result<Upstream> {
    let theirs = content.as_ref().map(Fields::shared).transpose()?;
    let fields = theirs.as_ref().map(|theirs| Contents { base: &base.fields, theirs, mine }.compare());
    let withdrawn_at = shown.as_ref().and_then(|shown| shown.withdrawn_at);
    Ok(Upstream {
        publication_id: edge.parent_id,
        municipality: MunicipalityRef::of(directory, edge.parent_municipality_id),
        title: content.map(|content| content.title.as_str().to_owned()),
        mode: edge.mode,
        status: match (&fields, withdrawn_at) {
            (Some(fields), _) => status(fields),
            (None, Some(_)) => UpstreamStatus::Withdrawn,
            (None, None) => UpstreamStatus::NotShown,
        },
        base_version: base.version,
        latest_version: shown.filter(|shown| shown.withdrawn_at.is_none()).map(|shown| shown.version),
        withdrawn_at,
        detached_at: edge.detached_at,
        detachment_reason: edge.detachment_reason,
        fields: fields.unwrap_or_default(),
    })
}

/// Merges into a locked project, unless it is only rehearsed; the project and the base change together.
pub(super) async fn merge(
    tx: &TenantTx<'_>,
    directory: &Directory,
    (mut found, edges): (Found, Vec<Seen>),
    request: &MergeRequest,
    (dry_run, now): (bool, DateTime<Utc>),
) -> Result<Merge> {
    let (id, (edge, base, latest)) = (found.0.id, followed(edges, request)?);
    let to_version = to_version(base.version, latest, request.to_version)?;
    let theirs = publications::find_named_version(tx, edge.parent_id, to_version, "#/to_version").await?;
    let theirs = Fields::shared(&theirs.content)?;
    let mine = Fields::of(&found.0.content)?;
    let (merged, fields) = Contents { base: &base.fields, theirs: &theirs, mine: &mine }.merge(request)?;
    let content = merged.into_content()?;
    check_codes(&content, directory)?;
    if dry_run {
        tx.trail().rehearsed();
    }
    let (changed, moved) = (content != found.0.content, to_version > base.version);
    if moved && !dry_run {
        move_base(tx, id, (edge.parent_id, to_version), &theirs).await?;
    }
    if changed && !dry_run {
        found.0.updated_at = now;
        found.0.revision = projects::update(tx, id, &content, now).await?;
    } else if moved && !dry_run {
        publications::count_up(tx, &mut found, now).await?;
    }
    found.0.content = content;
    let origins = projects::origins(tx, directory, id).await?;
    let project = projects::project(directory, found, origins);
    let (publication_id, from_version) = (edge.parent_id, base.version);
    Ok(Merge { dry_run, publication_id, from_version, to_version, fields, project })
}

/// Moves the base of a locked project's comparison.
async fn move_base(
    tx: &TenantTx<'_>,
    project: ProjectId,
    (parent, version): (ProjectId, i32),
    base: &Fields,
) -> Result<()> {
    tx.trail().after(base);
    let of_edge = imitation_base::table.find((project, parent));
    let moved = (imitation_base::version.eq(version), imitation_base::fields.eq(base));
    prepared(diesel::update(of_edge).set(moved)).execute(&mut tx.conn()).await?;
    Ok(())
}

/// Ends the following of an upstream by a locked project, and tells those who see the two; the edge stays.
pub(super) async fn detach(
    tx: &TenantTx<'_>,
    found: &mut Found,
    parent: ProjectId,
    (reason, now): (&str, DateTime<Utc>),
) -> Result<()> {
    tx.trail().after(&reason);
    let edge = imitation::table.find((found.0.id, parent));
    let detached = (imitation::detached_at.eq(now), imitation::detachment_reason.eq(reason));
    prepared(diesel::update(edge).set(detached)).execute(&mut tx.conn()).await?;
    publications::count_up(tx, found, now).await?;
    tell(tx, found.0.id, found.1.as_ref(), now).await
}

/// Tells those who see a project's publication that its origins are shown otherwise. Nobody is told of a draft.
async fn tell(
    tx: &TenantTx<'_>,
    id: ProjectId,
    published: Option<&PublishedRow>,
    now: DateTime<Utc>,
) -> Result<()> {
    let Some(shown) = published.filter(|shown| shown.withdrawn_at.is_none()) else { return Ok(()) };
    let fact = Change::of_shown(
        ChangeKind::OriginsChanged,
        (id, tx.municipality()),
        (shown.version, shown.audience),
        now,
    );
    changes::record(tx, fact).await
}
