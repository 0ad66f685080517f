//! The table `kominn_link`, as a run uses it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;

use super::model::{ANOTHERS, Key, Link, LinkState, Pushed};
use crate::platform::{
    clock::Clock,
    db::{Scope, SystemTx, Tx, prepared, schema::kominn_link},
    error::Result,
    id::{MunicipalityId, ProjectId},
};

/// A publication to look at: whether it is to be shown at the site, or no longer.
#[derive(Clone, Debug, QueryableByName)]
pub(super) struct Candidate {
    #[diesel(sql_type = Uuid)]
    pub(super) project_id: ProjectId,
    #[diesel(sql_type = Text)]
    pub(super) municipality_id: MunicipalityId,
    #[diesel(sql_type = Bool)]
    pub(super) wanted: bool,
}

/// Which of them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fresh {
    /// What never failed.
    New,
    /// What did, and what is in the air, when it is time.
    Failed,
    /// What did, at once: somebody asked for it.
    AtOnce,
}

/// Whether a publication is to be shown at the site $1.
const WANTED: &str = "audience = 'public' AND withdrawn_at IS NULL AND EXISTS ( \
     SELECT FROM kominn_consent WHERE kominn_consent.target = $1 \
         AND kominn_consent.municipality_id = publication.municipality_id)";

/// What differs from the ledger, behind a project, at most `limit`: O(changes) to send, one query to find.
#[expect(clippy::disallowed_methods, reason = "a CTE has no form in diesel")]
pub(super) async fn candidates(
    tx: &SystemTx<'_>,
    (target, mapping): (&str, &str),
    (fresh, after): (Fresh, ProjectId),
    limit: i64,
) -> Result<Vec<Candidate>> {
    let query = diesel::sql_query(format!(
        "WITH publication_here AS ( \
             SELECT id, municipality_id, version, {WANTED} AS wanted \
             FROM publication WHERE municipality_id >= '1' AND id > $3) \
         SELECT here.id AS project_id, here.municipality_id, wanted FROM publication_here AS here \
         LEFT JOIN kominn_link AS link ON link.target = $1 AND link.project_id = here.id \
         WHERE (link.retry_at IS NULL OR link.retry_at <= $4 OR $7) \
             AND (coalesce(link.attempts, 0) = 0 AND coalesce(link.state, '') <> 'in_flight') = $6 AND CASE \
             WHEN link.id IS NULL THEN wanted \
             WHEN link.state IN ('pending', 'in_flight') THEN true \
             WHEN NOT wanted THEN NOT link.withdrawn AND link.state <> 'gone' \
             WHEN link.state IN ('gone', 'dead') THEN false \
             ELSE link.withdrawn OR link.version <> here.version OR link.mapping <> $2 \
                 OR (link.state = 'conflict' AND link.choices <> '{{}}') END \
         ORDER BY here.id LIMIT $5",
    ));
    let query = query.bind::<Text, _>(target).bind::<Text, _>(mapping).bind::<Uuid, _>(after);
    let query = query.bind::<Timestamptz, _>(Clock.now()).bind::<BigInt, _>(limit);
    let query = query.bind::<Bool, _>(fresh == Fresh::New).bind::<Bool, _>(fresh == Fresh::AtOnce);
    Ok(prepared(query).load(&mut tx.conn()).await?)
}

#[derive(QueryableByName)]
struct Wanted {
    #[diesel(sql_type = Bool)]
    wanted: bool,
}

/// How one publication stands now: its link, and whether it is to be shown.
#[expect(clippy::disallowed_methods, reason = "it shares its condition with the query before")]
pub(super) async fn stand_of(
    tx: &SystemTx<'_>,
    target: &str,
    project: ProjectId,
) -> Result<(Option<Link>, bool)> {
    let wanted = diesel::sql_query(format!("SELECT {WANTED} AS wanted FROM publication WHERE id = $2"));
    let wanted = wanted.bind::<Text, _>(target).bind::<Uuid, _>(project);
    let wanted: Vec<Wanted> = prepared(wanted).load(&mut tx.conn()).await?;
    let link = of_projects(tx, target, &[project]).await?.remove(&project);
    Ok((link, wanted.iter().any(|row| row.wanted)))
}

pub(super) async fn of_projects(
    tx: &SystemTx<'_>,
    target: &str,
    ids: &[ProjectId],
) -> Result<BTreeMap<ProjectId, Link>> {
    let rows =
        kominn_link::table.filter(kominn_link::target.eq(target).and(kominn_link::project_id.eq_any(ids)));
    let rows: Vec<Link> = rows.select(Link::as_select()).load(&mut tx.conn()).await?;
    Ok(rows.into_iter().map(|link| (link.project_id, link)).collect())
}

pub(super) async fn of_items(tx: &SystemTx<'_>, target: &str, ids: &[i64]) -> Result<BTreeMap<i64, Link>> {
    let rows =
        kominn_link::table.filter(kominn_link::target.eq(target).and(kominn_link::item_id.eq_any(ids)));
    let rows: Vec<Link> = rows.select(Link::as_select()).load(&mut tx.conn()).await?;
    Ok(rows.into_iter().filter_map(|link| Some((link.item_id?, link))).collect())
}

#[derive(QueryableByName)]
struct Stands {
    #[diesel(sql_type = Uuid)]
    id: ProjectId,
}

/// Those of some publications that an item of the site stands for, or will: what is public and may be sent there is. What stood for
/// one that is gone there is gone here too.
#[expect(clippy::disallowed_methods, reason = "a UNION of joins has no form in diesel")]
pub(super) async fn standing_for(
    tx: &SystemTx<'_>,
    target: &str,
    ids: &[ProjectId],
) -> Result<BTreeSet<ProjectId>> {
    let query = diesel::sql_query(
        "SELECT publication_id AS id FROM kominn_item \
         WHERE target = $1 AND publication_id = ANY ($2) \
         UNION SELECT publication.id FROM publication \
             JOIN kominn_consent USING (municipality_id) \
             LEFT JOIN kominn_link ON kominn_link.target = $1 AND project_id = publication.id \
         WHERE kominn_consent.target = $1 AND publication.id = ANY ($2) AND audience = 'public' \
             AND withdrawn_at IS NULL AND coalesce(state, '') NOT IN ('gone', 'rejected', 'dead')",
    );
    let query = query.bind::<Text, _>(target).bind::<Array<Uuid>, _>(ids);
    let rows: Vec<Stands> = prepared(query).load(&mut tx.conn()).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Writes a link as it is, unless somebody changed it since it was read: a person may decide at any time. Answers the time of it.
pub(super) async fn save(
    tx: &SystemTx<'_>,
    link: &Link,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    let key = (
        kominn_link::id.eq(link.id),
        kominn_link::target.eq(&link.target),
        kominn_link::project_id.eq(link.project_id),
        kominn_link::municipality_id.eq(link.municipality_id),
    );
    let what = (
        kominn_link::item_id.eq(link.item_id),
        kominn_link::etag.eq(&link.etag),
        kominn_link::pushed.eq(&link.pushed),
        kominn_link::sending.eq(&link.sending),
        kominn_link::version.eq(link.version),
        kominn_link::withdrawn.eq(link.withdrawn),
        kominn_link::mapping.eq(&link.mapping),
        kominn_link::conflicts.eq(&link.conflicts),
        kominn_link::choices.eq(&link.choices),
    );
    let how = (
        kominn_link::state.eq(link.state),
        kominn_link::attempts.eq(link.attempts),
        kominn_link::retry_at.eq(link.retry_at),
        kominn_link::sent_at.eq(link.sent_at),
        kominn_link::error.eq(&link.error),
        kominn_link::remote_status.eq(&link.remote_status),
        kominn_link::updated_at.eq(now),
    );
    let unchanged = kominn_link::id.eq(link.id).and(kominn_link::updated_at.eq(link.updated_at));
    let update = diesel::update(kominn_link::table.filter(unchanged)).set((what, how));
    let mut saved = prepared(update).execute(&mut tx.conn()).await?;
    if saved == 0 {
        let insert = diesel::insert_into(kominn_link::table).values((key, what, how));
        saved = insert.on_conflict_do_nothing().execute(&mut tx.conn()).await?;
    }
    Ok((saved > 0).then_some(now))
}

/// Takes an item from whoever the ledger gave it to before: a list that was made anew counts from 1 again.
pub(super) async fn claim(tx: &SystemTx<'_>, link: &Link) -> Result<()> {
    let others =
        kominn_link::table.filter(kominn_link::target.eq(&link.target).and(kominn_link::id.ne(link.id)));
    let others = others.filter(kominn_link::item_id.eq(link.item_id));
    let none = (
        kominn_link::item_id.eq(None::<i64>),
        kominn_link::state.eq(LinkState::Gone),
        kominn_link::error.eq(ANOTHERS),
        kominn_link::updated_at.eq(Clock.now()),
    );
    diesel::update(others).set(none).execute(&mut tx.conn()).await?;
    Ok(())
}

/// What the site says of an item of ours, and whether that is to be compared anew.
pub(super) async fn follow(tx: &SystemTx<'_>, link: Key, status: Option<String>, anew: bool) -> Result<()> {
    let row = kominn_link::table.find(link);
    diesel::update(row).set(kominn_link::remote_status.eq(status)).execute(&mut tx.conn()).await?;
    if anew {
        diesel::update(row).set(kominn_link::mapping.eq("")).execute(&mut tx.conn()).await?;
    }
    Ok(())
}

/// What an item was inspired by, as it was sent, beside all else that was.
pub(super) async fn inspired(tx: &SystemTx<'_>, link: Key, pushed: Pushed) -> Result<()> {
    let row = kominn_link::table.find(link);
    diesel::update(row).set(kominn_link::pushed.eq(pushed)).execute(&mut tx.conn()).await?;
    Ok(())
}

/// The earliest time at which something of the target is to be tried again.
pub(super) async fn next_retry(tx: &SystemTx<'_>, target: &str) -> Result<Option<DateTime<Utc>>> {
    let waiting =
        kominn_link::table.filter(kominn_link::target.eq(target).and(kominn_link::state.eq("in_flight")));
    Ok(waiting.select(diesel::dsl::min(kominn_link::retry_at)).first(&mut tx.conn()).await?)
}

/// Items of ours that are at the site, or were, behind an item, at most `limit`.
pub(super) async fn present_after(
    tx: &SystemTx<'_>,
    target: &str,
    item: i64,
    limit: i64,
) -> Result<Vec<Link>> {
    let rows = kominn_link::table.filter(kominn_link::target.eq(target).and(kominn_link::item_id.gt(item)));
    let rows = rows.order(kominn_link::item_id).limit(limit);
    Ok(rows.select(Link::as_select()).load(&mut tx.conn()).await?)
}

/// A link whose item should be inspired by other items than it is, and what its publication imitates.
#[derive(Debug, QueryableByName)]
pub(super) struct Uninspired {
    #[diesel(sql_type = Uuid)]
    pub(super) project_id: ProjectId,
    #[diesel(sql_type = Array<Uuid>)]
    pub(super) parents: Vec<ProjectId>,
    #[diesel(sql_type = Array<BigInt>)]
    pub(super) items: Vec<i64>,
}

/// Links whose origins have other items than was sent, behind a project, at most `limit`. `field` is what the site calls them.
#[expect(clippy::disallowed_methods, reason = "aggregates of a join have no form in diesel")]
pub(super) async fn uninspired(
    tx: &SystemTx<'_>,
    (target, field): (&str, &str),
    after: ProjectId,
    limit: i64,
) -> Result<Vec<Uninspired>> {
    let query = diesel::sql_query(
        "SELECT link.project_id, origins.parents, origins.items FROM kominn_link AS link CROSS JOIN LATERAL ( \
             SELECT coalesce(array_agg(found.parent_id ORDER BY found.parent_id), '{}') AS parents, \
                 coalesce(array_agg(found.item ORDER BY found.item), '{}') AS items \
             FROM (SELECT imitation.parent_id, coalesce(sent.item_id, known.item_id) AS item FROM imitation \
                 LEFT JOIN kominn_link AS sent ON sent.target = $1 AND sent.project_id = imitation.parent_id \
                     AND NOT sent.withdrawn AND sent.state <> 'gone' \
                 LEFT JOIN kominn_item AS known ON known.target = $1 AND known.publication_id = imitation.parent_id AND known.hash <> '' \
                 WHERE imitation.project_id = link.project_id AND imitation.detached_at IS NULL) AS found \
             WHERE found.item IS NOT NULL) AS origins \
         WHERE link.target = $1 AND link.project_id > $3 AND NOT link.withdrawn AND link.item_id IS NOT NULL \
             AND link.state IN ('synced', 'conflict') \
             AND to_jsonb(origins.items) <> coalesce(link.pushed -> $2, '[]') \
         ORDER BY link.project_id LIMIT $4",
    );
    let query = query.bind::<Text, _>(target).bind::<Text, _>(field).bind::<Uuid, _>(after);
    let query = query.bind::<BigInt, _>(limit);
    Ok(prepared(query).load(&mut tx.conn()).await?)
}

/// How many publications stand so.
#[derive(Debug, QueryableByName)]
pub(super) struct Standing {
    #[diesel(sql_type = Text)]
    pub(super) state: String,
    #[diesel(sql_type = BigInt)]
    pub(super) links: i64,
}

#[expect(clippy::disallowed_methods, reason = "kept beside the other queries of a run")]
pub(super) async fn standing<S: Scope>(
    tx: &Tx<'_, S>,
    target: &str,
    owner: Option<MunicipalityId>,
) -> Result<Vec<Standing>> {
    let query = diesel::sql_query(
        "SELECT state, count(*) AS links FROM kominn_link \
         WHERE target = $1 AND ($2 IS NULL OR municipality_id = $2) GROUP BY state",
    );
    let query = query.bind::<Text, _>(target).bind::<Nullable<Text>, _>(owner);
    Ok(prepared(query).load(&mut tx.conn()).await?)
}

#[derive(QueryableByName)]
struct Oldest {
    #[diesel(sql_type = Nullable<Timestamptz>)]
    published_at: Option<DateTime<Utc>>,
}

/// When the oldest version was published that is to be at the site and is not.
#[expect(clippy::disallowed_methods, reason = "it shares its condition with the query of a run")]
pub(super) async fn oldest_unsent(tx: &SystemTx<'_>, target: &str) -> Result<Option<DateTime<Utc>>> {
    let query = diesel::sql_query(format!(
        "SELECT min(publication.published_at) AS published_at FROM publication \
         LEFT JOIN kominn_link AS link ON link.target = $1 AND link.project_id = publication.id \
         WHERE {WANTED} AND coalesce(link.state, '') NOT IN ('gone', 'rejected') \
             AND (link.id IS NULL OR link.version <> publication.version OR link.state <> 'synced')",
    ));
    let rows: Vec<Oldest> = prepared(query.bind::<Text, _>(target)).load(&mut tx.conn()).await?;
    Ok(rows.into_iter().find_map(|row| row.published_at))
}
