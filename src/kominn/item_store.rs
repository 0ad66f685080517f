//! The table `kominn_item`, and the edges between what it stands for.

use std::collections::BTreeMap;

use diesel::{
    prelude::*,
    sql_types::{BigInt, Integer, Text, Timestamptz, Uuid},
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

/// Items that are shown here or were deleted there, with which of the two, behind an item, at most `limit`.
pub(super) async fn swept_after(
    tx: &SystemTx<'_>,
    target: &str,
    item: i64,
    limit: i64,
) -> Result<Vec<(i64, ProjectId, bool)>> {
    let rows = kominn_item::table.filter(kominn_item::target.eq(target).and(kominn_item::item_id.gt(item)));
    let rows = rows.filter(kominn_item::hash.ne("").or(kominn_item::deleted));
    let columns = (kominn_item::item_id, kominn_item::publication_id, kominn_item::deleted);
    Ok(rows.select(columns).order(kominn_item::item_id).limit(limit).load(&mut tx.conn()).await?)
}

/// How many items are shown here.
pub(super) async fn count_shown(tx: &SystemTx<'_>, target: &str) -> Result<usize> {
    let shown = kominn_item::table.filter(kominn_item::target.eq(target).and(kominn_item::hash.ne("")));
    let shown: i64 = shown.count().get_result(&mut tx.conn()).await?;
    Ok(usize::try_from(shown).unwrap_or_default())
}

/// That a publication shows an item as it was read.
pub(super) async fn keep(
    tx: &TenantTx<'_>,
    (target, item): (&str, i64),
    publication: ProjectId,
    (hash, inspired): (&str, &[i64]),
) -> Result<()> {
    let row = (
        kominn_item::target.eq(target),
        kominn_item::item_id.eq(item),
        kominn_item::publication_id.eq(publication),
        kominn_item::hash.eq(hash),
        kominn_item::inspired.eq(inspired),
    );
    let upsert = diesel::insert_into(kominn_item::table).values(row);
    let upsert = upsert.on_conflict((kominn_item::target, kominn_item::item_id)).do_update();
    let changed =
        (kominn_item::hash.eq(hash), kominn_item::inspired.eq(inspired), kominn_item::deleted.eq(false));
    prepared(upsert.set(changed)).execute(&mut tx.conn()).await?;
    Ok(())
}

/// That a publication no longer shows an item: it is unpublished there, or deleted. It has no hash then.
pub(super) async fn hide(tx: &TenantTx<'_>, target: &str, item: i64, deleted: bool) -> Result<()> {
    let nothing = (kominn_item::hash.eq(""), kominn_item::inspired.eq(Vec::<i64>::new()));
    let row = diesel::update(kominn_item::table.find((target, item)));
    prepared(row.set((nothing, kominn_item::deleted.eq(deleted)))).execute(&mut tx.conn()).await?;
    Ok(())
}

/// That items which were deleted there have been read again.
pub(super) async fn returned(tx: &SystemTx<'_>, target: &str, items: &[i64]) -> Result<()> {
    let rows = kominn_item::table.filter(kominn_item::target.eq(target));
    let rows = diesel::update(rows.filter(kominn_item::item_id.eq_any(items)));
    rows.set(kominn_item::deleted.eq(false)).execute(&mut tx.conn()).await?;
    Ok(())
}

/// An edge of the lineage over there that is not drawn here.
#[derive(Debug, QueryableByName)]
pub(super) struct Edge {
    #[diesel(sql_type = Uuid)]
    pub(super) project_id: ProjectId,
    #[diesel(sql_type = Uuid)]
    parent_id: ProjectId,
    #[diesel(sql_type = Integer)]
    parent_version: i32,
    #[diesel(sql_type = Text)]
    parent_owner: MunicipalityId,
}

/// Edges between external publications and what stands here for the items that they were inspired by.
#[expect(clippy::disallowed_methods, reason = "unnest has no form in diesel")]
pub(super) async fn undrawn(tx: &SystemTx<'_>, target: &str, limit: i64) -> Result<Vec<Edge>> {
    let query = diesel::sql_query(
        "SELECT child.publication_id AS project_id, parent.id AS parent_id, parent.version AS parent_version, \
             parent.municipality_id AS parent_owner \
         FROM kominn_item AS child CROSS JOIN LATERAL unnest(child.inspired) AS item \
         JOIN LATERAL (SELECT project_id AS id FROM kominn_link WHERE target = $1 AND item_id = item AND state <> 'gone' \
             UNION ALL SELECT publication_id FROM kominn_item AS known \
             WHERE known.target = $1 AND known.item_id = item AND known.hash <> '') AS stands ON true \
         JOIN publication AS parent ON parent.id = stands.id AND parent.audience = 'public' \
             AND parent.withdrawn_at IS NULL \
         WHERE child.target = $1 AND child.hash <> '' AND parent.id <> child.publication_id \
             AND NOT EXISTS (SELECT FROM imitation WHERE imitation.project_id = child.publication_id \
                 AND imitation.parent_id = parent.id) \
         ORDER BY child.item_id, item LIMIT $2",
    );
    let query = query.bind::<Text, _>(target).bind::<BigInt, _>(limit);
    Ok(prepared(query).load(&mut tx.conn()).await?)
}

/// Draws an edge; the trigger refuses one that closes a cycle.
#[expect(clippy::disallowed_methods, reason = "an INSERT with a subquery has no form in diesel")]
pub(super) async fn draw(tx: &SystemTx<'_>, source: MunicipalityId, edge: &Edge) -> Result<()> {
    let query = diesel::sql_query(
        "INSERT INTO imitation (project_id, municipality_id, parent_id, parent_version, parent_municipality_id, \
             rank, mode, intent, reason, imitated_at) \
         SELECT $1, $2, $3, $4, $5, count(*), 'inspired', 'have_done', 'Inspirert av, i KOMINN', $6 \
         FROM imitation WHERE project_id = $1",
    );
    let query = query.bind::<Uuid, _>(edge.project_id).bind::<Text, _>(source);
    let query = query.bind::<Uuid, _>(edge.parent_id).bind::<Integer, _>(edge.parent_version);
    let query = query.bind::<Text, _>(edge.parent_owner).bind::<Timestamptz, _>(Clock.now());
    prepared(query).execute(&mut tx.conn()).await?;
    Ok(())
}
