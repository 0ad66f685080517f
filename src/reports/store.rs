//! Sums over publications, imitations and adoptions.

use chrono::NaiveDate;
use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Bool, Date, Double, Integer, Nullable, Text, Uuid},
};
use diesel_async::RunQueryDsl;
use futures_util::try_join;

use super::{
    model::{Spread, SpreadReport, Traveller},
    query::{By, SpreadQuery},
};
use crate::{
    municipalities::MunicipalityRef,
    platform::{
        db::{PublicTx, prepared},
        directory::Directory,
        error::Result,
        id::{MunicipalityId, ProjectId},
    },
};

/// How many rows a report has at most.
const ROWS: usize = 1000;

/// What happened to publications from day $1 to day $2: published, copied, and how far others are, each municipality once
/// for each publication, by the farthest of its ledgers. Of the municipalities $3, if any. Days are compared as times, or row
/// level security could not let an index compare them.
const EVENTS: &str = "WITH used AS ( \
         SELECT DISTINCT ON (id, municipality_id) * FROM ( \
             SELECT imitation.parent_id AS id, adoption.municipality_id, state, since, first_used_on, adoption.content \
             FROM adoption JOIN imitation ON imitation.project_id = adoption.project_id \
             JOIN publication ON publication.id = adoption.project_id AND withdrawn_at IS NULL \
             WHERE since BETWEEN $1 AND $2 OR first_used_on BETWEEN $1 AND $2 \
             UNION ALL SELECT publication_id, municipality_id, state, since, first_used_on, content FROM adoption \
             WHERE publication_id IS NOT NULL AND (since BETWEEN $1 AND $2 OR first_used_on BETWEEN $1 AND $2)) AS uses \
         ORDER BY id, municipality_id, \
             array_position(ARRAY['evaluated', 'in_use', 'piloting', 'planned', 'discontinued'], state)), \
     happened (id, kind, on_day, used_on, reason) AS ( \
         SELECT id, 'published', first_published_at::date, NULL::date, NULL FROM publication \
             WHERE municipality_id >= '1' AND first_published_at >= $1::timestamp AT TIME ZONE 'UTC' \
                 AND first_published_at < ($2 + 1)::timestamp AT TIME ZONE 'UTC' \
         UNION ALL SELECT parent_id, 'copied', imitated_at::date, NULL, NULL FROM imitation \
             JOIN publication ON publication.id = project_id AND withdrawn_at IS NULL \
             WHERE imitation.municipality_id >= '1' AND imitated_at >= $1::timestamp AT TIME ZONE 'UTC' \
                 AND imitated_at < ($2 + 1)::timestamp AT TIME ZONE 'UTC' \
         UNION ALL SELECT id, state, since, NULL, content ->> 'reason' FROM used WHERE since BETWEEN $1 AND $2 \
         UNION ALL SELECT id, 'first_use', first_used_on, first_used_on, NULL FROM used \
             WHERE first_used_on BETWEEN $1 AND $2), \
     event AS ( \
         SELECT happened.*, publication.municipality_id, publication.version, withdrawn_at, \
             first_published_at::date AS published_on \
         FROM happened JOIN publication USING (id) \
         WHERE cardinality($3) = 0 OR publication.municipality_id = ANY ($3)) ";

/// By area ($5), municipality ($6) and year ($7); of the areas $4, if any.
const BROKEN_DOWN: &str = "SELECT area, owner_id, year, \
         count(*) FILTER (WHERE kind = 'published') AS published, count(*) FILTER (WHERE kind = 'copied') AS copied, \
         count(*) FILTER (WHERE kind = 'first_use') AS put_to_use, count(*) FILTER (WHERE kind = 'planned') AS planned, count(*) FILTER (WHERE kind = 'piloting') AS piloting, \
         count(*) FILTER (WHERE kind = 'in_use') AS in_use, count(*) FILTER (WHERE kind = 'evaluated') AS evaluated, \
         count(*) FILTER (WHERE kind = 'discontinued') AS discontinued, \
         percentile_cont(0.5) WITHIN GROUP (ORDER BY (used_on - published_on)::double precision) \
             FILTER (WHERE used_on >= published_on) AS days, \
         coalesce((array_agg(reason ORDER BY on_day DESC, reason) \
             FILTER (WHERE kind = 'discontinued' AND reason IS NOT NULL))[1:5], '{}') AS reasons \
     FROM (SELECT DISTINCT event.*, CASE WHEN $5 THEN area END AS area, \
               CASE WHEN $6 THEN event.municipality_id END AS owner_id, \
               CASE WHEN $7 THEN extract(year FROM on_day)::integer END AS year \
           FROM (SELECT *, row_number() OVER () AS nth FROM event) AS event \
           LEFT JOIN publication_version ON publication_id = id AND publication_version.version = event.version \
           LEFT JOIN LATERAL jsonb_array_elements_text(content -> 'strategic_areas') AS area ON true \
           WHERE cardinality($4) = 0 OR area = ANY ($4)) AS placed \
     GROUP BY area, owner_id, year ORDER BY area, owner_id, year LIMIT $8";

#[derive(QueryableByName)]
struct SpreadRow {
    #[diesel(sql_type = Nullable<Text>)]
    area: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    owner_id: Option<MunicipalityId>,
    #[diesel(sql_type = Nullable<Integer>)]
    year: Option<i32>,
    #[diesel(sql_type = BigInt)]
    published: i64,
    #[diesel(sql_type = BigInt)]
    copied: i64,
    #[diesel(sql_type = BigInt)]
    put_to_use: i64,
    #[diesel(sql_type = BigInt)]
    planned: i64,
    #[diesel(sql_type = BigInt)]
    piloting: i64,
    #[diesel(sql_type = BigInt)]
    in_use: i64,
    #[diesel(sql_type = BigInt)]
    evaluated: i64,
    #[diesel(sql_type = BigInt)]
    discontinued: i64,
    #[diesel(sql_type = Nullable<Double>)]
    days: Option<f64>,
    #[diesel(sql_type = Array<Text>)]
    reasons: Vec<String>,
}

/// Those that were copied or put to use, most of all first.
const MOST_SPREAD: &str = "SELECT id, municipality_id, title, copied, put_to_use FROM ( \
         SELECT id, event.municipality_id, event.version, count(*) FILTER (WHERE kind = 'copied') AS copied, \
             count(*) FILTER (WHERE kind = 'first_use') AS put_to_use \
         FROM event WHERE kind IN ('copied', 'first_use') GROUP BY 1, 2, 3) AS taken_up \
     LEFT JOIN LATERAL (SELECT title, content FROM publication_version JOIN publication ON publication.id = publication_id \
         WHERE publication_id = taken_up.id AND publication_version.version = taken_up.version \
             AND withdrawn_at IS NULL) AS shown ON true \
     WHERE cardinality($4) = 0 OR content -> 'strategic_areas' ?| $4 \
     ORDER BY copied + put_to_use DESC, id LIMIT 20";

#[derive(QueryableByName)]
struct TravellerRow {
    #[diesel(sql_type = Uuid)]
    id: ProjectId,
    #[diesel(sql_type = Text)]
    municipality_id: MunicipalityId,
    #[diesel(sql_type = Nullable<Text>)]
    title: Option<String>,
    #[diesel(sql_type = BigInt)]
    copied: i64,
    #[diesel(sql_type = BigInt)]
    put_to_use: i64,
}

/// How solutions spread from the first to the last day, as far as the transaction's reader may see.
pub(super) async fn spread(
    tx: &PublicTx<'_>,
    directory: &Directory,
    query: &SpreadQuery,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<SpreadReport> {
    let (rows, most_spread) = try_join!(rows(tx, query, (from, to)), travellers(tx, query, (from, to)))?;
    let truncated = rows.len() > ROWS;
    let rows = rows.into_iter().take(ROWS).map(|row| spread_of(directory, row)).collect();
    let traveller = |row: TravellerRow| Traveller {
        id: row.id,
        title: row.title,
        municipality: MunicipalityRef::of(directory, row.municipality_id),
        copied: row.copied,
        put_to_use: row.put_to_use,
    };
    Ok(SpreadReport {
        from,
        to,
        rows,
        most_spread: most_spread.into_iter().map(traveller).collect(),
        truncated,
    })
}

#[expect(clippy::disallowed_methods, reason = "aggregates with filters have no form in diesel")]
async fn rows(
    tx: &PublicTx<'_>,
    query: &SpreadQuery,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<Vec<SpreadRow>> {
    let sql = diesel::sql_query(format!("{EVENTS}{BROKEN_DOWN}"));
    let sql = sql.bind::<Date, _>(from).bind::<Date, _>(to);
    let sql =
        sql.bind::<Array<Text>, _>(query.municipality.clone()).bind::<Array<Text>, _>(query.area.clone());
    let [area, municipality, year] = [By::Area, By::Municipality, By::Year].map(|by| query.by.contains(&by));
    let sql = sql.bind::<Bool, _>(area).bind::<Bool, _>(municipality).bind::<Bool, _>(year);
    let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
    Ok(prepared(sql.bind::<BigInt, _>(limit)).load(&mut tx.conn()).await?)
}

#[expect(clippy::disallowed_methods, reason = "aggregates with filters have no form in diesel")]
async fn travellers(
    tx: &PublicTx<'_>,
    query: &SpreadQuery,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<Vec<TravellerRow>> {
    let sql = diesel::sql_query(format!("{EVENTS}{MOST_SPREAD}"));
    let sql = sql.bind::<Date, _>(from).bind::<Date, _>(to);
    let sql =
        sql.bind::<Array<Text>, _>(query.municipality.clone()).bind::<Array<Text>, _>(query.area.clone());
    Ok(prepared(sql).load(&mut tx.conn()).await?)
}

fn spread_of(directory: &Directory, row: SpreadRow) -> Spread {
    Spread {
        area: row.area,
        municipality: row.owner_id.map(|owner| MunicipalityRef::of(directory, owner)),
        year: row.year,
        published: row.published,
        copied: row.copied,
        put_to_use: row.put_to_use,
        planned: row.planned,
        piloting: row.piloting,
        in_use: row.in_use,
        evaluated: row.evaluated,
        discontinued: row.discontinued,
        median_days_to_first_use: row.days,
        reasons_for_discontinuing: row.reasons,
    }
}
