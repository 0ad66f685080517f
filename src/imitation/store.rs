//! The table `imitation` towards the imitations, and the walks along it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{Integer, Uuid},
};
use diesel_async::RunQueryDsl;
use futures_util::try_join;

use super::model::{Edge, Imitation, ImitationRequest, Lineage, Node};
use crate::{
    adoption::store as adoption,
    municipalities::MunicipalityRef,
    platform::{
        auth::permission::Role,
        db::{
            PublicTx, TenantTx, prepared,
            schema::{imitation, project, publication, publication_version},
        },
        directory::Directory,
        error::{Code, Error, Fault, Result},
        id::{MunicipalityId, ProjectId},
    },
    projects::{
        Fields, Intent, Mode, Origin,
        store::{self as projects, Found, PublishedRow, visibility},
    },
    publications::store::{self as publications, PublicationRow, VersionRow},
};

/// A lineage shows at most this many publications.
const NODES: usize = 500;

/// Makes a project out of a publication as it is shown, with every origin, in one transaction.
pub(crate) async fn imitate(
    tx: &TenantTx<'_>,
    directory: &Directory,
    id: ProjectId,
    (row, latest): (PublicationRow, VersionRow),
    request: &ImitationRequest,
    (role, now): (Role, DateTime<Utc>),
) -> Result<(Found, Vec<Origin>)> {
    if row.municipality_id == tx.municipality() {
        return Err(Error::new(
            Code::OwnPublication,
            "Imitate another municipality's; change your own directly.",
        ));
    }
    let base = base(tx, &row, latest, request.version).await?;
    let further = further(tx, row.id, &request.also_from).await?;
    let taken = std::iter::once(&base).chain(&further);
    let taken = taken.map(|base| Ok((origin(directory, base, request, now), Fields::shared(&base.content)?)));
    let taken = taken.collect::<Result<Vec<_>>>()?;
    let (phase, adopted) = request.beginning();
    let content = base.content.for_imitation(phase);
    let project = projects::insert(tx, id, content, now);
    let ledger = adoption::begin(tx, id, adopted, (role, now));
    let (found, (), ()) = try_join!(project, insert_origins(tx, id, &taken), ledger)?;
    Ok((found, taken.into_iter().map(|(origin, _)| origin).collect()))
}

async fn base(
    tx: &TenantTx<'_>,
    row: &PublicationRow,
    latest: VersionRow,
    version: Option<i32>,
) -> Result<VersionRow> {
    let Some(version) = version.filter(|&version| version != row.version) else { return Ok(latest) };
    publications::find_version(tx, row.id, version).await.map_err(|error| {
        if error.code() != Code::NotFound {
            return error;
        }
        let fault = Fault::invalid("#/version", "must be a version that you may see");
        Error::faults(Code::InvalidBody, "The publication has no such version.", vec![fault])
    })
}

fn origin(
    directory: &Directory,
    base: &VersionRow,
    request: &ImitationRequest,
    now: DateTime<Utc>,
) -> Origin {
    Origin {
        publication_id: base.publication_id,
        version: base.version,
        title: Some(base.content.title.as_str().to_owned()),
        municipality: MunicipalityRef::of(directory, base.municipality_id),
        mode: request.mode,
        intent: request.intent,
        reason: request.reason.as_str().to_owned(),
        imitated_at: now,
        withdrawn_at: None,
        detached_at: None,
    }
}

/// The further origins, besides the first. What is wrong with one is a fault of the body, not of the path.
async fn further(tx: &TenantTx<'_>, first: ProjectId, ids: &[ProjectId]) -> Result<Vec<VersionRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = publications::find_all_latest(tx, ids).await?;
    let mut found: BTreeMap<_, _> = found.into_iter().map(|row| (row.publication_id, row)).collect();
    let fault = |at| Fault::invalid(format!("#/also_from/{at}"), "must be a publication that you may see");
    let missing = ids.iter().enumerate().filter(|(_, id)| !found.contains_key(id));
    let faults: Vec<Fault> = missing.map(|(at, _)| fault(at)).collect();
    if !faults.is_empty() {
        return Err(Error::faults(Code::InvalidBody, "A further origin cannot be imitated.", faults));
    }
    Ok(ids.iter().filter(|id| **id != first).filter_map(|id| found.remove(id)).collect())
}

async fn insert_origins(tx: &TenantTx<'_>, id: ProjectId, taken: &[(Origin, Fields)]) -> Result<()> {
    let row = |(rank, (origin, base)): (i16, &(Origin, Fields))| {
        (
            imitation::project_id.eq(id),
            imitation::parent_id.eq(origin.publication_id),
            imitation::parent_version.eq(origin.version),
            imitation::parent_municipality_id.eq(origin.municipality.organisation_number),
            imitation::municipality_id.eq(tx.municipality()),
            imitation::rank.eq(rank),
            imitation::mode.eq(origin.mode),
            imitation::intent.eq(origin.intent),
            imitation::reason.eq(origin.reason.clone()),
            imitation::imitated_at.eq(origin.imitated_at),
            imitation::base.eq(base.clone()),
        )
    };
    let rows: Vec<_> = (0..).zip(taken).map(row).collect();
    // Its text depends on the number of origins only, which is small.
    prepared(diesel::insert_into(imitation::table).values(rows)).execute(&mut tx.conn()).await?;
    Ok(())
}

/// Where a page of imitations begins.
pub(crate) type Position = (DateTime<Utc>, ProjectId);

#[derive(Queryable, Selectable)]
#[diesel(table_name = imitation, check_for_backend(diesel::pg::Pg))]
struct EdgeRow {
    project_id: ProjectId,
    parent_id: ProjectId,
    parent_version: i32,
    municipality_id: MunicipalityId,
    mode: Mode,
    intent: Intent,
    reason: String,
    imitated_at: DateTime<Utc>,
}

/// Imitations, newest first, and how many are published: of those that the transaction's reader may see.
pub(crate) async fn page(
    tx: &PublicTx<'_>,
    directory: &Directory,
    parent: ProjectId,
    after: Option<Position>,
    fetch: i64,
) -> Result<(Vec<Imitation>, i64)> {
    let shown = publications::is_latest().and(publication::withdrawn_at.is_null());
    let mut query = imitation::table
        .left_join(project::table.on(project::id.eq(imitation::project_id)))
        .left_join(publication::table.on(publication::id.eq(imitation::project_id)))
        .left_join(publication_version::table.on(shown))
        .filter(imitation::parent_id.eq(parent))
        .order((imitation::imitated_at.desc(), imitation::project_id.desc()))
        .limit(fetch)
        .select((
            EdgeRow::as_select(),
            Option::<PublishedRow>::as_select(),
            publication_version::title.nullable(),
            project::title.nullable(),
        ))
        .into_boxed();
    if let Some((at, id)) = after {
        let later =
            imitation::imitated_at.lt(at).or(imitation::imitated_at.eq(at).and(imitation::project_id.lt(id)));
        query = query.filter(imitation::imitated_at.le(at)).filter(later);
    }
    let mut conn = tx.conn();
    let rows = async { Ok(query.load(&mut conn).await?) };
    let (rows, total) = try_join!(rows, adoption::copied(tx, parent))?;
    Ok((rows.into_iter().map(|row| imitation(directory, row)).collect(), total))
}

type ImitationRow = (EdgeRow, Option<PublishedRow>, Option<String>, Option<String>);

fn imitation(directory: &Directory, (edge, published, shown, own): ImitationRow) -> Imitation {
    let withdrawn = published.as_ref().is_some_and(|row| row.withdrawn_at.is_some());
    Imitation {
        id: edge.project_id,
        municipality: MunicipalityRef::of(directory, edge.municipality_id),
        title: if withdrawn { None } else { shown.or(own) },
        state: visibility(published.as_ref()),
        version: edge.parent_version,
        mode: edge.mode,
        intent: edge.intent,
        reason: edge.reason,
        imitated_at: edge.imitated_at,
    }
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Uuid)]
    id: ProjectId,
    #[diesel(sql_type = Integer)]
    distance: i32,
}

/// The ids around a publication, nearest first, in both directions. Row level security leaves out every edge
/// of which the reader does not see both ends, so nothing hidden is walked through. UNION drops what is reached
/// twice at the same distance, and the depth bounds the rest.
#[expect(clippy::disallowed_methods, reason = "a recursive query has no form in diesel")]
async fn walk(tx: &PublicTx<'_>, start: ProjectId, depth: i32) -> Result<Vec<Step>> {
    let query = diesel::sql_query(
        "WITH RECURSIVE up (id, distance) AS ( \
            SELECT $1, 0 UNION \
            SELECT parent_id, distance + 1 FROM up JOIN imitation ON project_id = up.id WHERE distance < $2), \
         down (id, distance) AS ( \
            SELECT $1, 0 UNION \
            SELECT project_id, distance + 1 FROM down JOIN imitation ON parent_id = down.id WHERE distance < $2) \
         SELECT id, min(distance) AS distance FROM (TABLE up UNION ALL TABLE down) AS reached \
         GROUP BY id ORDER BY distance, id LIMIT $3",
    );
    let query = query.bind::<Uuid, _>(start).bind::<Integer, _>(depth + 1);
    let query = query.bind::<Integer, _>(i32::try_from(NODES + 1).unwrap_or(i32::MAX));
    Ok(prepared(query).load(&mut tx.conn()).await?)
}

/// Ancestors and descendants of a publication, at most `depth` steps away.
pub(crate) async fn lineage(
    tx: &PublicTx<'_>,
    directory: &Directory,
    start: ProjectId,
    depth: i32,
) -> Result<Lineage> {
    publications::find(tx, start).await?;
    let steps = walk(tx, start, depth).await?;
    let reached: BTreeSet<ProjectId> =
        steps.iter().filter(|step| step.distance <= depth).take(NODES).map(|step| step.id).collect();
    let truncated = reached.len() < steps.len();
    let ids: Vec<ProjectId> = reached.into_iter().collect();
    let (nodes, edges) = try_join!(nodes(tx, directory, &ids), edges(tx, &ids))?;
    Ok(Lineage { id: start, nodes, edges, truncated })
}

async fn nodes(tx: &PublicTx<'_>, directory: &Directory, ids: &[ProjectId]) -> Result<Vec<Node>> {
    let shown = publications::is_latest().and(publication::withdrawn_at.is_null());
    let published = publication::table
        .left_join(publication_version::table.on(shown))
        .filter(publication::id.eq_any(ids))
        .select((
            publication::id,
            publication::municipality_id,
            PublishedRow::as_select(),
            publication_version::title.nullable(),
        ));
    let drafts = project::table
        .left_join(publication::table.on(publication::id.eq(project::id)))
        .filter(project::id.eq_any(ids).and(publication::id.is_null()))
        .select((project::id, project::municipality_id, project::title));
    let (mut one, mut other) = (tx.conn(), tx.conn());
    let (published, drafts) = try_join!(
        published.load::<(ProjectId, MunicipalityId, PublishedRow, Option<String>)>(&mut one),
        drafts.load::<(ProjectId, MunicipalityId, String)>(&mut other)
    )?;
    let published = published
        .into_iter()
        .map(|(id, municipality, row, title)| node(directory, id, municipality, Some(row), title));
    let drafts = drafts
        .into_iter()
        .map(|(id, municipality, title)| node(directory, id, municipality, None, Some(title)));
    let mut nodes: Vec<Node> = published.chain(drafts).collect();
    nodes.sort_by_key(|node| node.id);
    Ok(nodes)
}

fn node(
    directory: &Directory,
    id: ProjectId,
    municipality: MunicipalityId,
    published: Option<PublishedRow>,
    title: Option<String>,
) -> Node {
    Node {
        id,
        municipality: MunicipalityRef::of(directory, municipality),
        title,
        state: visibility(published.as_ref()),
        version: published.as_ref().map(|row| row.version),
        published_at: published.as_ref().map(|row| row.published_at),
        withdrawn_at: published.and_then(|row| row.withdrawn_at),
    }
}

async fn edges(tx: &PublicTx<'_>, ids: &[ProjectId]) -> Result<Vec<Edge>> {
    let query = imitation::table
        .filter(imitation::parent_id.eq_any(ids).and(imitation::project_id.eq_any(ids)))
        .order((imitation::imitated_at, imitation::project_id, imitation::rank));
    let rows: Vec<EdgeRow> = query.select(EdgeRow::as_select()).load(&mut tx.conn()).await?;
    Ok(rows.into_iter().map(edge).collect())
}

fn edge(row: EdgeRow) -> Edge {
    Edge {
        from: row.parent_id,
        from_version: row.parent_version,
        to: row.project_id,
        mode: row.mode,
        intent: row.intent,
        reason: row.reason,
        imitated_at: row.imitated_at,
    }
}
