//! What the index reads of the record.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::try_join;

use super::document::Record;
use crate::{
    platform::{
        db::{
            PublicTx, SystemTx,
            schema::{imitation, municipality, publication, publication_version},
        },
        error::Result,
        id::{MunicipalityId, ProjectId},
    },
    projects::{Audience, Content},
    publications::store as publications,
};

type Row = (ProjectId, MunicipalityId, Audience, i32, chrono::DateTime<chrono::Utc>, Content, String);

/// The published ones of `ids`, as they are now.
pub(super) async fn records(tx: &SystemTx<'_>, ids: &[ProjectId]) -> Result<Vec<Record>> {
    let rows = publication::table
        .inner_join(publication_version::table.on(publications::is_latest()))
        .inner_join(municipality::table.on(municipality::id.eq(publication::municipality_id)))
        .filter(publication::id.eq_any(ids).and(publication::withdrawn_at.is_null()))
        .select((
            publication::id,
            publication::municipality_id,
            publication::audience,
            publication::version,
            publication::published_at,
            publication_version::content,
            municipality::name,
        ));
    let imitators = imitation::table
        .inner_join(publication::table.on(publication::id.eq(imitation::project_id)))
        .filter(imitation::parent_id.eq_any(ids).and(publication::withdrawn_at.is_null()))
        .order(publication::id)
        .select((imitation::parent_id, publication::municipality_id, publication::audience));
    let (mut one, mut other) = (tx.conn(), tx.conn());
    let (rows, imitators) = try_join!(
        rows.load::<Row>(&mut one),
        imitators.load::<(ProjectId, MunicipalityId, Audience)>(&mut other)
    )?;
    let mut by_parent: BTreeMap<ProjectId, Vec<(MunicipalityId, Audience)>> = BTreeMap::new();
    for (parent, municipality, audience) in imitators {
        by_parent.entry(parent).or_default().push((municipality, audience));
    }
    Ok(rows.into_iter().map(|row| record(row, &mut by_parent)).collect())
}

fn record(row: Row, imitators: &mut BTreeMap<ProjectId, Vec<(MunicipalityId, Audience)>>) -> Record {
    let (id, municipality, audience, version, published_at, content, municipality_name) = row;
    let imitators = imitators.remove(&id).unwrap_or_default();
    Record { id, municipality, municipality_name, audience, version, published_at, content, imitators }
}

/// Ids of publications, withdrawn ones too, in order behind `after`.
pub(super) async fn ids(tx: &SystemTx<'_>, after: Option<ProjectId>, limit: i64) -> Result<Vec<ProjectId>> {
    let mut query =
        publication::table.select(publication::id).order(publication::id).limit(limit).into_boxed();
    if let Some(after) = after {
        query = query.filter(publication::id.gt(after));
    }
    Ok(query.load(&mut tx.conn()).await?)
}

/// How many publications there are, withdrawn ones too.
pub(super) async fn count(tx: &SystemTx<'_>) -> Result<i64> {
    Ok(publication::table.count().get_result(&mut tx.conn()).await?)
}

/// The origins of publications, whose counts change with them, and their imitations, which show them.
pub(super) async fn relatives(
    tx: &SystemTx<'_>,
    ids: &[ProjectId],
) -> Result<(Vec<ProjectId>, Vec<ProjectId>)> {
    let parents =
        imitation::table.filter(imitation::project_id.eq_any(ids)).select(imitation::parent_id).distinct();
    let children =
        imitation::table.filter(imitation::parent_id.eq_any(ids)).select(imitation::project_id).distinct();
    let (mut one, mut other) = (tx.conn(), tx.conn());
    Ok(try_join!(parents.load(&mut one), children.load(&mut other))?)
}

/// Which of `among` a publication directly imitates, or is imitated by, as far as the reader may see: pairs of an
/// imitation and its origin.
pub(super) async fn kin(
    tx: &PublicTx<'_>,
    id: ProjectId,
    among: &[ProjectId],
) -> Result<Vec<(ProjectId, ProjectId)>> {
    let origins = imitation::project_id.eq(id).and(imitation::parent_id.eq_any(among));
    let imitations = imitation::parent_id.eq(id).and(imitation::project_id.eq_any(among));
    let pairs = imitation::table.filter(origins.or(imitations));
    let pairs = pairs.select((imitation::project_id, imitation::parent_id));
    Ok(pairs.load(&mut tx.conn()).await?)
}
