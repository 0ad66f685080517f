//! The table `imitation` towards the imitations.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::try_join;

use super::model::{Imitation, ImitationRequest};
use crate::{
    adoption,
    municipalities::MunicipalityRef,
    platform::{
        auth::permission::Role,
        db::{
            PublicTx, TenantTx, prepared,
            schema::{imitation, imitation_base, project, publication, publication_version},
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
    let ledger = adoption::store::begin(tx, id, (adopted, request.done_on), (role, now));
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
    publications::find_named_version(tx, row.id, version, "#/version").await
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
    let fault = |at| {
        let rule = "must be a publication of another municipality that you may see";
        Fault::invalid(format!("#/also_from/{at}"), rule)
    };
    let others = |id| found.get(id).is_some_and(|row: &VersionRow| row.municipality_id != tx.municipality());
    let missing = ids.iter().enumerate().filter(|(_, id)| !others(id));
    let faults: Vec<Fault> = missing.map(|(at, _)| fault(at)).collect();
    if !faults.is_empty() {
        return Err(Error::faults(Code::InvalidBody, "A further origin cannot be imitated.", faults));
    }
    Ok(ids.iter().filter(|id| **id != first).filter_map(|id| found.remove(id)).collect())
}

async fn insert_origins(tx: &TenantTx<'_>, id: ProjectId, taken: &[(Origin, Fields)]) -> Result<()> {
    let row = |(rank, (origin, _)): (i16, &(Origin, Fields))| {
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
        )
    };
    let rows: Vec<_> = (0..).zip(taken).map(row).collect();
    let base = |(origin, fields): &(Origin, Fields)| {
        (
            imitation_base::project_id.eq(id),
            imitation_base::parent_id.eq(origin.publication_id),
            imitation_base::municipality_id.eq(tx.municipality()),
            imitation_base::version.eq(origin.version),
            imitation_base::fields.eq(fields.clone()),
        )
    };
    let bases: Vec<_> = taken.iter().map(base).collect();
    // Their texts depend on the number of origins only, which is small.
    let rows = prepared(diesel::insert_into(imitation::table).values(rows));
    let bases = prepared(diesel::insert_into(imitation_base::table).values(bases));
    let (mut one, mut other) = (tx.conn(), tx.conn());
    try_join!(rows.execute(&mut one), bases.execute(&mut other))?;
    Ok(())
}

/// Where a page of imitations begins.
pub(crate) type Position = (DateTime<Utc>, ProjectId);

#[derive(Queryable, Selectable)]
#[diesel(table_name = imitation, check_for_backend(diesel::pg::Pg))]
struct EdgeRow {
    project_id: ProjectId,
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
    let (rows, total) = try_join!(rows, adoption::sum_store::copied(tx, parent))?;
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
