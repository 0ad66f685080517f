//! The table `kominn_item`, and the edges between what it stands for.

use std::collections::BTreeMap;

use diesel::{
    prelude::*,
    sql_types::{BigInt, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;

use crate::platform::{
    clock::Clock,
    db::{SystemTx, TenantTx, prepared, schema::kominn_item},
    error::Result,
    id::{MunicipalityId, ProjectId},
};

/// What was read of items last: their publications and hashes.
pub(super) async fn known(
    tx: &SystemTx<'_>,
    target: &str,
    ids: &[i64],
) -> Result<BTreeMap<i64, (ProjectId, String)>> {
    let rows =
        kominn_item::table.filter(kominn_item::target.eq(target).and(kominn_item::item_id.eq_any(ids)));
    let rows: Vec<(i64, ProjectId, String)> = rows
        .select((kominn_item::item_id, kominn_item::publication_id, kominn_item::hash))
        .load(&mut tx.conn())
        .await?;
    Ok(rows.into_iter().map(|(item, publication, hash)| (item, (publication, hash))).collect())
}

/// Items that are shown here, behind an item, at most `limit`. One that vanished has no hash.
pub(super) async fn shown_after(
    tx: &SystemTx<'_>,
    target: &str,
    item: i64,
    limit: i64,
) -> Result<Vec<(i64, ProjectId)>> {
    let rows = kominn_item::table.filter(kominn_item::target.eq(target).and(kominn_item::item_id.gt(item)));
    let rows = rows.filter(kominn_item::hash.ne("")).order(kominn_item::item_id).limit(limit);
    Ok(rows.select((kominn_item::item_id, kominn_item::publication_id)).load(&mut tx.conn()).await?)
}

/// That a publication shows an item as it was read; with an empty hash, that it no longer does.
pub(super) async fn keep(
    tx: &TenantTx<'_>,
    (target, item): (&str, i64),
    publication: ProjectId,
    hash: &str,
) -> Result<()> {
    let row = (
        kominn_item::target.eq(target),
        kominn_item::item_id.eq(item),
        kominn_item::publication_id.eq(publication),
        kominn_item::hash.eq(hash),
    );
    let upsert = diesel::insert_into(kominn_item::table).values(row);
    let upsert = upsert.on_conflict((kominn_item::target, kominn_item::item_id)).do_update();
    prepared(upsert.set(kominn_item::hash.eq(hash))).execute(&mut tx.conn()).await?;
    Ok(())
}

/// Draws the edge from an external project to the publication that an item stands for, if it is known here and not drawn; the
/// trigger refuses one that closes a cycle.
#[expect(clippy::disallowed_methods, reason = "an INSERT from a query has no form in diesel")]
pub(super) async fn draw(
    tx: &SystemTx<'_>,
    target: &str,
    (project, source): (ProjectId, MunicipalityId),
    item: i64,
) -> Result<()> {
    let query = diesel::sql_query(
        "INSERT INTO imitation (project_id, municipality_id, parent_id, parent_version, parent_municipality_id, \
             rank, mode, intent, reason, imitated_at) \
         SELECT $2, $5, parent.id, parent.version, parent.municipality_id, \
             (SELECT count(*) FROM imitation WHERE project_id = $2), 'inspired', 'have_done', \
             'Inspirert av, i KOMINN', $4 \
         FROM publication AS parent WHERE parent.id IN ( \
             SELECT project_id FROM kominn_link WHERE target = $1 AND item_id = $3 \
             UNION ALL SELECT publication_id FROM kominn_item WHERE target = $1 AND item_id = $3) \
             AND parent.id <> $2 AND parent.audience = 'public' AND parent.withdrawn_at IS NULL \
         ON CONFLICT DO NOTHING",
    );
    let query = query.bind::<Text, _>(target).bind::<Uuid, _>(project).bind::<BigInt, _>(item);
    let query = query.bind::<Timestamptz, _>(Clock.now()).bind::<Text, _>(source);
    prepared(query).execute(&mut tx.conn()).await?;
    Ok(())
}
