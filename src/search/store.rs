//! What the index reads of the record.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::try_join;

use super::document::Record;
use crate::{
    adoption::AdoptionState,
    platform::{
        db::{
            PublicTx, SystemTx,
            schema::{adoption, imitation, municipality, publication, publication_version},
        },
        error::Result,
        id::{MunicipalityId, ProjectId},
    },
    projects::{Audience, Content},
    publications::store as publications,
};

/// A publication, who took it up, and who may know of that.
type Taker = (ProjectId, MunicipalityId, Audience);

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
    let takers = async { Ok(imitators.load::<Taker>(&mut other).await?) };
    let rows = async { Ok(rows.load::<Row>(&mut one).await?) };
    let (rows, imitators, users) = try_join!(rows, takers, users(tx, ids))?;
    let (mut imitators, mut users) = (grouped(imitators), grouped(users));
    let record =
        |(id, municipality, audience, version, published_at, content, municipality_name): Row| Record {
            id,
            municipality,
            municipality_name,
            audience,
            version,
            published_at,
            content,
            imitators: imitators.remove(&id).unwrap_or_default(),
            users: users.remove(&id).unwrap_or_default(),
        };
    Ok(rows.into_iter().map(record).collect())
}

fn grouped(takers: impl IntoIterator<Item = Taker>) -> BTreeMap<ProjectId, Vec<(MunicipalityId, Audience)>> {
    let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (id, municipality, audience) in takers {
        groups.entry(id).or_default().push((municipality, audience));
    }
    groups
}

/// Who has some publications in use, with a published imitation or without a copy, each municipality once: as widely
/// known as any of its uses.
async fn users(tx: &SystemTx<'_>, ids: &[ProjectId]) -> Result<Vec<Taker>> {
    let in_use = || adoption::state.eq_any([AdoptionState::InUse, AdoptionState::Evaluated]);
    let copies = imitation::table
        .inner_join(publication::table.on(publication::id.eq(imitation::project_id)))
        .inner_join(adoption::table.on(adoption::project_id.eq(imitation::project_id.nullable())))
        .filter(imitation::parent_id.eq_any(ids).and(publication::withdrawn_at.is_null()).and(in_use()))
        .select((imitation::parent_id, publication::municipality_id, publication::audience));
    let others = adoption::table
        .filter(adoption::publication_id.eq_any(ids).and(in_use()))
        .select((adoption::subject_id, adoption::municipality_id));
    let (mut one, mut other) = (tx.conn(), tx.conn());
    let (copies, others) =
        try_join!(copies.load::<Taker>(&mut one), others.load::<(ProjectId, MunicipalityId)>(&mut other))?;
    // Who sees the publication sees who uses it without a copy.
    let others = others.into_iter().map(|(id, municipality)| (id, municipality, Audience::Public));
    let mut widest = BTreeMap::new();
    for (id, municipality, audience) in copies.into_iter().chain(others) {
        let known = widest.entry((id, municipality)).or_insert(audience);
        *known = audience.max(*known);
    }
    Ok(widest.into_iter().map(|((id, municipality), audience)| (id, municipality, audience)).collect())
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
