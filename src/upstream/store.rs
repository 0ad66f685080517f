//! The table `imitation` from the imitator's side.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    compare::{Contents, status},
    model::{Upstream, UpstreamStatus},
};
use crate::{
    changes::{self, Change, ChangeKind},
    municipalities::MunicipalityRef,
    platform::{
        db::{
            TenantTx, prepared,
            schema::{imitation, publication, publication_version},
        },
        directory::Directory,
        error::Result,
        id::{MunicipalityId, ProjectId},
    },
    projects::{Content, Fields, Mode, store::PublishedRow},
    publications::store as publications,
};

/// An edge, as the imitator keeps it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = imitation, check_for_backend(diesel::pg::Pg))]
pub(super) struct EdgeRow {
    pub(super) parent_id: ProjectId,
    pub(super) parent_version: i32,
    parent_municipality_id: MunicipalityId,
    mode: Mode,
    pub(super) base: Fields,
    pub(super) detached_at: Option<DateTime<Utc>>,
}

/// What the imitator may see of the upstream now.
pub(super) type Seen = (EdgeRow, Option<PublishedRow>, Option<Content>);

/// The edges of an own project, with the latest version of each upstream.
pub(super) async fn edges(tx: &TenantTx<'_>, project: ProjectId) -> Result<Vec<Seen>> {
    let shown = publications::is_latest().and(publication::withdrawn_at.is_null());
    let query = imitation::table
        .left_join(publication::table.on(publication::id.eq(imitation::parent_id)))
        .left_join(publication_version::table.on(shown))
        .filter(imitation::project_id.eq(project).and(imitation::municipality_id.eq(tx.municipality())))
        .order(imitation::rank)
        .select((
            EdgeRow::as_select(),
            Option::<PublishedRow>::as_select(),
            publication_version::content.nullable(),
        ));
    Ok(query.load(&mut tx.conn()).await?)
}

pub(super) fn upstream(
    directory: &Directory,
    (edge, shown, content): Seen,
    mine: &Fields,
) -> Result<Upstream> {
    let theirs = content.as_ref().map(Fields::shared).transpose()?;
    let fields = theirs.as_ref().map(|theirs| Contents { base: &edge.base, theirs, mine }.compare());
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
        base_version: edge.parent_version,
        latest_version: shown.filter(|shown| shown.withdrawn_at.is_none()).map(|shown| shown.version),
        withdrawn_at,
        detached_at: edge.detached_at,
        fields: fields.unwrap_or_default(),
    })
}

/// Moves the base of a locked project's comparison.
pub(super) async fn move_base(
    tx: &TenantTx<'_>,
    project: ProjectId,
    (parent, version): (ProjectId, i32),
    base: &Fields,
) -> Result<()> {
    let edge = imitation::table.find((project, parent));
    let moved = (imitation::parent_version.eq(version), imitation::base.eq(base));
    prepared(diesel::update(edge).set(moved)).execute(&mut tx.conn()).await?;
    Ok(())
}

/// Ends the following of an upstream by a locked project; the edge stays.
pub(super) async fn detach(
    tx: &TenantTx<'_>,
    (project, parent): (ProjectId, ProjectId),
    reason: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let edge = imitation::table.find((project, parent));
    let detached = (imitation::detached_at.eq(now), imitation::detachment_reason.eq(reason));
    prepared(diesel::update(edge).set(detached)).execute(&mut tx.conn()).await?;
    Ok(())
}

/// Tells those who see a project's publication that its origins are shown otherwise. Nobody is told of a draft.
pub(super) async fn tell(
    tx: &TenantTx<'_>,
    id: ProjectId,
    published: Option<&PublishedRow>,
    now: DateTime<Utc>,
) -> Result<()> {
    let Some(shown) = published.filter(|shown| shown.withdrawn_at.is_none()) else { return Ok(()) };
    let fact = Change {
        kind: ChangeKind::OriginsChanged,
        publication: id,
        owner: tx.municipality(),
        version: shown.version,
        audience: shown.audience,
        audience_before: Some(shown.audience),
        about: None,
        occurred_at: now,
    };
    changes::record(tx, fact).await
}
