//! The tables `follow`, `notification` and `notified`.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Timestamptz},
};
use diesel_async::RunQueryDsl;
use futures_util::try_join;

use super::{
    model::{Follow, FollowKind},
    notification::{Because, Notification, NotificationQuery},
};
use crate::{
    changes::{self, ChangeKind},
    municipalities::MunicipalityRef,
    platform::{
        db::{
            SystemTx, TenantTx, prepared,
            schema::{follow, notification, notified, publication, publication_version},
        },
        directory::Directory,
        error::{Code, Error, Result},
        id::{MunicipalityId, ProjectId, ProposalId},
    },
    publications::store as publications,
};

/// How much a municipality follows at most.
const MOST: i64 = 500;

/// Follows something; says whether that is new.
pub(super) async fn follow(
    tx: &TenantTx<'_>,
    (kind, target): (FollowKind, &str),
    now: DateTime<Utc>,
) -> Result<(bool, Follow)> {
    tx.take_turn(tx.municipality().number().into()).await?;
    let own = follow::table.filter(follow::municipality_id.eq(tx.municipality()));
    let known = follow::table.find((tx.municipality(), kind, target)).select(follow::followed_at);
    let known: Option<DateTime<Utc>> = known.first(&mut tx.conn()).await.optional()?;
    if known.is_none() {
        if own.count().get_result::<i64>(&mut tx.conn()).await? >= MOST {
            return Err(Error::new(Code::TooMany, format!("A municipality follows {MOST} at most.")));
        }
        let row = (
            follow::municipality_id.eq(tx.municipality()),
            follow::kind.eq(kind),
            follow::target.eq(target),
            follow::followed_at.eq(now),
        );
        tx.trail().after(&(kind, target));
        diesel::insert_into(follow::table).values(row).execute(&mut tx.conn()).await?;
    }
    let followed_at = known.unwrap_or(now);
    Ok((known.is_none(), Follow { kind, target: target.to_owned(), followed_at }))
}

pub(super) async fn unfollow(tx: &TenantTx<'_>, kind: FollowKind, target: &str) -> Result<()> {
    tx.trail().before(&(kind, target));
    tx.trail().gone();
    let followed = follow::table.find((tx.municipality(), kind, target));
    match diesel::delete(followed).execute(&mut tx.conn()).await? {
        0 => Err(Error::not_found()),
        _ => Ok(()),
    }
}

pub(super) async fn follows(tx: &TenantTx<'_>) -> Result<Vec<Follow>> {
    let query = follow::table.order((follow::kind, follow::target)).limit(MOST);
    let query = query.select((follow::kind, follow::target, follow::followed_at));
    let rows: Vec<(FollowKind, String, DateTime<Utc>)> = query.load(&mut tx.conn()).await?;
    Ok(rows.into_iter().map(|(kind, target, followed_at)| Follow { kind, target, followed_at }).collect())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = notification, check_for_backend(diesel::pg::Pg))]
struct NotificationRow {
    position: i64,
    kind: ChangeKind,
    because: Because,
    publication_id: ProjectId,
    owner_id: MunicipalityId,
    version: i32,
    actor_id: MunicipalityId,
    proposal_id: Option<ProposalId>,
    occurred_at: DateTime<Utc>,
    read_at: Option<DateTime<Utc>>,
}

/// What the municipality was told, newest first, behind `before`; one more than the page holds; and how much is unread.
pub(super) async fn page(
    tx: &TenantTx<'_>,
    directory: &Directory,
    query: &NotificationQuery,
    before: Option<i64>,
) -> Result<(Vec<Notification>, i64)> {
    let own = notification::municipality_id.eq(tx.municipality());
    let shown = publications::is_latest().and(publication::withdrawn_at.is_null());
    let mut rows = notification::table
        .left_join(publication::table.on(publication::id.eq(notification::publication_id)))
        .left_join(publication_version::table.on(shown))
        .filter(own.and(notification::position.lt(before.unwrap_or(i64::MAX))))
        .order(notification::position.desc())
        .limit(query.limit.fetch())
        .select((NotificationRow::as_select(), publication_version::title.nullable()))
        .into_boxed();
    if query.unread {
        rows = rows.filter(notification::read_at.is_null());
    }
    let unread = notification::table.filter(own.and(notification::read_at.is_null())).count();
    let (mut one, mut other) = (tx.conn(), tx.conn());
    let (rows, unread) =
        try_join!(rows.load::<(NotificationRow, Option<String>)>(&mut one), unread.get_result(&mut other))?;
    let notification = |(row, title): (NotificationRow, Option<String>)| Notification {
        id: row.position,
        kind: row.kind,
        because: row.because,
        publication_id: row.publication_id,
        title,
        municipality: MunicipalityRef::of(directory, row.owner_id),
        version: row.version,
        actor: MunicipalityRef::of(directory, row.actor_id),
        proposal_id: row.proposal_id,
        occurred_at: row.occurred_at,
        read_at: row.read_at,
    };
    Ok((rows.into_iter().map(notification).collect(), unread))
}

/// Marks a notification as read at a time, unless it was before; or as unread.
pub(super) async fn mark(tx: &TenantTx<'_>, id: i64, read_at: Option<DateTime<Utc>>) -> Result<()> {
    let told = notification::table.find((tx.municipality(), id));
    let before: Option<DateTime<Utc>> = told.select(notification::read_at).first(&mut tx.conn()).await?;
    tx.trail().before(&before);
    if before.is_some() != read_at.is_some() {
        tx.trail().after(&read_at);
        let marked = diesel::update(told).set(notification::read_at.eq(read_at));
        prepared(marked).execute(&mut tx.conn()).await?;
    }
    Ok(())
}

/// Marks everything up to a notification as read.
pub(super) async fn mark_through(tx: &TenantTx<'_>, through: i64, now: DateTime<Utc>) -> Result<()> {
    let own = notification::municipality_id.eq(tx.municipality());
    let unread = own.and(notification::position.le(through)).and(notification::read_at.is_null());
    let told = notification::table.filter(unread);
    tx.trail().after(&(through, now));
    prepared(diesel::update(told).set(notification::read_at.eq(now))).execute(&mut tx.conn()).await?;
    Ok(())
}

/// How many entries of the log are told at once, at most.
const BATCH: i64 = 500;

/// Tells the next part of the log; says whether there was any. Nothing while another node does it.
pub(super) async fn tell_more(tx: &SystemTx<'_>) -> Result<bool> {
    let told = notified::table.select(notified::position).for_update().skip_locked();
    let told: Option<i64> = told.first(&mut tx.conn()).await.optional()?;
    let Some(told) = told else { return Ok(false) };
    let log = changes::bounds(tx).await?;
    // What was dropped before it was told, after a year without this job, is no news any more.
    let from = told.max(log.compacted_through);
    let through = log.head.min(from + BATCH);
    if through <= told {
        return Ok(false);
    }
    insert(tx, from, through).await?;
    diesel::update(notified::table).set(notified::position.eq(through)).execute(&mut tx.conn()).await?;
    Ok(true)
}

/// Nobody is told of what they did themselves, of what they may not see, nor of what was there before
/// they followed or imitated it.
#[expect(clippy::disallowed_methods, reason = "a union of joins has no form in diesel")]
async fn insert(tx: &SystemTx<'_>, from: i64, through: i64) -> Result<()> {
    let query = diesel::sql_query(
        "WITH news AS (SELECT *, coalesce(actor_id, municipality_id) AS actor FROM change \
                       WHERE position > $1 AND position <= $2), \
         open AS (SELECT * FROM news WHERE kind IN ('published', 'version_published', 'withdrawn', 'adoption_recorded') \
                      OR kind = 'audience_changed' AND audience = 'public'), \
         told (reader, rank, because, position) AS ( \
             SELECT reader_id, 0, 'proposal', position FROM news WHERE proposal_id IS NOT NULL \
             UNION ALL SELECT imitation.municipality_id, 1, 'you_imitate_it', position \
                 FROM open JOIN imitation ON parent_id = publication_id AND detached_at IS NULL \
                 WHERE kind <> 'adoption_recorded' \
                     AND occurred_at > imitated_at \
             UNION ALL SELECT parent_municipality_id, 2, 'it_imitates_yours', position \
                 FROM open JOIN imitation ON project_id = publication_id AND detached_at IS NULL \
             UNION ALL SELECT municipality_id, 3, 'it_is_yours', position FROM open WHERE kind = 'adoption_recorded' \
             UNION ALL SELECT follow.municipality_id, 4, 'you_follow_it', position \
                 FROM open JOIN follow ON follow.kind = 'publication' AND target = publication_id::text \
                 WHERE followed_at < occurred_at \
             UNION ALL SELECT follow.municipality_id, 5, 'you_follow_its_municipality', position \
                 FROM open JOIN follow ON follow.kind = 'municipality' AND target = open.municipality_id \
                 WHERE followed_at < occurred_at \
             UNION ALL SELECT follow.municipality_id, 6, 'you_follow_its_area', position \
                 FROM open JOIN publication_version USING (publication_id, version) \
                 CROSS JOIN LATERAL jsonb_array_elements_text(content -> 'strategic_areas') AS area \
                 JOIN follow ON follow.kind = 'area' AND target = area WHERE followed_at < occurred_at) \
         INSERT INTO notification \
             (municipality_id, position, kind, because, publication_id, owner_id, version, actor_id, proposal_id, occurred_at) \
         SELECT DISTINCT ON (reader, position) \
             reader, position, kind, because, publication_id, news.municipality_id, news.version, actor, proposal_id, occurred_at \
         FROM told JOIN news USING (position) JOIN publication ON publication.id = publication_id \
         WHERE reader <> actor AND reader >= '1' AND (proposal_id IS NOT NULL OR reader = news.municipality_id \
             OR publication.audience = 'public' OR EXISTS ( \
                 SELECT FROM region_member AS mine JOIN region_member AS theirs USING (region_slug) \
                 WHERE mine.municipality_id = reader AND theirs.municipality_id = news.municipality_id)) \
         ORDER BY reader, position, rank ON CONFLICT DO NOTHING",
    );
    let query = query.bind::<BigInt, _>(from).bind::<BigInt, _>(through);
    prepared(query).execute(&mut tx.conn()).await?;
    Ok(())
}

/// How many notifications are forgotten at once, at most.
const FORGOTTEN: i64 = 10_000;

/// Forgets what was told before a time; says how much.
#[expect(clippy::disallowed_methods, reason = "a limited DELETE has no form in diesel")]
pub(super) async fn forget(tx: &SystemTx<'_>, before: DateTime<Utc>) -> Result<usize> {
    let query = diesel::sql_query(
        "DELETE FROM notification WHERE (municipality_id, position) IN ( \
             SELECT municipality_id, position FROM notification WHERE occurred_at < $1 LIMIT $2)",
    );
    let query = query.bind::<Timestamptz, _>(before).bind::<BigInt, _>(FORGOTTEN);
    Ok(prepared(query).execute(&mut tx.conn()).await?)
}
