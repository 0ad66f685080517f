//! The table `imitation` towards the imitations.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{Array, Integer, Jsonb, Text, Timestamptz, Uuid},
};
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
    let (found, (), ()) = try_join!(project, insert_origins(tx, id, request, &taken, now), ledger)?;
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

/// Draws the edges to what was taken, and keeps what that said; by one statement, which every imitation pays for.
#[expect(clippy::disallowed_methods, reason = "an INSERT within an INSERT has no form in diesel")]
async fn insert_origins(
    tx: &TenantTx<'_>,
    id: ProjectId,
    request: &ImitationRequest,
    taken: &[(Origin, Fields)],
    now: DateTime<Utc>,
) -> Result<()> {
    let query = diesel::sql_query(
        "WITH taken AS (SELECT * FROM unnest($3, $4, $5, $6) \
                 WITH ORDINALITY AS taken (parent, version, owner, fields, nth)), \
             edge AS ( \
                 INSERT INTO imitation (project_id, municipality_id, parent_id, parent_version, parent_municipality_id, \
                     rank, mode, intent, reason, imitated_at) \
                 SELECT $1, $2, parent, version, owner, nth - 1, $7, $8, $9, $10 FROM taken) \
         INSERT INTO imitation_base (project_id, municipality_id, parent_id, version, fields) \
         SELECT $1, $2, parent, version, fields FROM taken",
    );
    let parents: Vec<ProjectId> = taken.iter().map(|(origin, _)| origin.publication_id).collect();
    let versions: Vec<i32> = taken.iter().map(|(origin, _)| origin.version).collect();
    let owners: Vec<MunicipalityId> =
        taken.iter().map(|(origin, _)| origin.municipality.organisation_number).collect();
    let fields: Vec<&Fields> = taken.iter().map(|(_, fields)| fields).collect();
    let query = query.bind::<Uuid, _>(id).bind::<Text, _>(tx.municipality());
    let query = query.bind::<Array<Uuid>, _>(parents).bind::<Array<Integer>, _>(versions);
    let query = query.bind::<Array<Text>, _>(owners).bind::<Array<Jsonb>, _>(fields);
    let query = query.bind::<Text, _>(request.mode).bind::<Text, _>(request.intent);
    let query = query.bind::<Text, _>(request.reason.as_str()).bind::<Timestamptz, _>(now);
    prepared(query).execute(&mut tx.conn()).await?;
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
