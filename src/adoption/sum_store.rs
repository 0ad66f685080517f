//! What became of a publication: a sum over the tables `imitation` and `adoption`, as far as the reader may see.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Date, Jsonb, Nullable, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;

use super::{
    model::{Account, Adoption, Tally},
    state::AdoptionState,
};
use crate::{
    municipalities::MunicipalityRef,
    platform::{
        db::{
            PublicTx, prepared,
            schema::{adoption, imitation, publication},
        },
        directory::Directory,
        error::Result,
        id::{MunicipalityId, ProjectId},
    },
    publications::store::PublicationRow,
};

/// How many imitations of a publication are published now, of those that the reader may see.
pub(crate) async fn copied(tx: &PublicTx<'_>, id: ProjectId) -> Result<i64> {
    let published = imitation::table
        .inner_join(publication::table.on(publication::id.eq(imitation::project_id)))
        .filter(imitation::parent_id.eq(id).and(publication::withdrawn_at.is_null()));
    Ok(published.count().get_result(&mut tx.conn()).await?)
}

/// Where a page of adoptions begins.
pub(super) type Position = (DateTime<Utc>, ProjectId, MunicipalityId);

#[derive(QueryableByName)]
struct AdoptionRow {
    #[diesel(sql_type = Text)]
    municipality_id: MunicipalityId,
    #[diesel(sql_type = Nullable<Uuid>)]
    project_id: Option<ProjectId>,
    #[diesel(sql_type = Uuid)]
    subject_id: ProjectId,
    #[diesel(sql_type = Text)]
    state: AdoptionState,
    #[diesel(sql_type = Date)]
    since: NaiveDate,
    #[diesel(sql_type = Nullable<Date>)]
    first_used_on: Option<NaiveDate>,
    #[diesel(sql_type = Jsonb)]
    content: Account,
    #[diesel(sql_type = Nullable<Text>)]
    lessons: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    recorded_at: DateTime<Utc>,
}

/// What became of a publication, at those municipalities that the reader may know of; last recorded first.
#[expect(clippy::disallowed_methods, reason = "a union of two joins has no form in diesel")]
pub(super) async fn page(
    tx: &PublicTx<'_>,
    directory: &Directory,
    publication: ProjectId,
    after: Option<Position>,
    fetch: i64,
) -> Result<Vec<Adoption>> {
    let query = diesel::sql_query(
        "SELECT adoption.municipality_id, project_id, subject_id, state, since, first_used_on, adoption.content, \
             shown.content ->> 'lessons' AS lessons, recorded_at \
         FROM (SELECT project_id AS used, publication.version FROM imitation \
                   JOIN publication ON publication.id = project_id AND withdrawn_at IS NULL WHERE parent_id = $1 \
               UNION ALL SELECT $1, NULL) AS uses \
         JOIN adoption ON subject_id = used AND (adoption.project_id = used AND used <> $1 OR adoption.publication_id = $1) \
         LEFT JOIN publication_version AS shown ON shown.publication_id = used AND shown.version = uses.version \
         WHERE $2 IS NULL OR (recorded_at, subject_id, adoption.municipality_id) < ($2, $3, $4) \
         ORDER BY recorded_at DESC, subject_id DESC, adoption.municipality_id DESC LIMIT $5",
    );
    let (at, subject, municipality) = after.map_or((None, None, None), |(at, subject, municipality)| {
        (Some(at), Some(subject), Some(municipality))
    });
    let query = query.bind::<Uuid, _>(publication).bind::<Nullable<Timestamptz>, _>(at);
    let query = query.bind::<Nullable<Uuid>, _>(subject).bind::<Nullable<Text>, _>(municipality);
    let rows: Vec<AdoptionRow> = prepared(query.bind::<BigInt, _>(fetch)).load(&mut tx.conn()).await?;
    Ok(rows.into_iter().map(|row| adoption_of(directory, row)).collect())
}

fn adoption_of(directory: &Directory, row: AdoptionRow) -> Adoption {
    Adoption {
        municipality: MunicipalityRef::of(directory, row.municipality_id),
        imitation_id: row.project_id,
        state: row.state,
        since: row.since,
        first_used_on: row.first_used_on,
        account: row.content,
        lessons: row.lessons,
        recorded_at: row.recorded_at,
        subject: row.subject_id,
    }
}

/// What became of a publication at the municipality whose it is.
pub(super) async fn own(
    tx: &PublicTx<'_>,
    directory: &Directory,
    of: &PublicationRow,
) -> Result<Option<Adoption>> {
    let ledger = adoption::table.find((of.id, of.municipality_id));
    let row: Option<OwnRow> = ledger.select(OwnRow::as_select()).first(&mut tx.conn()).await.optional()?;
    Ok(row.map(|row| Adoption {
        municipality: MunicipalityRef::of(directory, of.municipality_id),
        imitation_id: None,
        state: row.state,
        since: row.since,
        first_used_on: row.first_used_on,
        account: row.content,
        lessons: None,
        recorded_at: row.recorded_at,
        subject: of.id,
    }))
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = adoption, check_for_backend(diesel::pg::Pg))]
struct OwnRow {
    state: AdoptionState,
    since: NaiveDate,
    first_used_on: Option<NaiveDate>,
    content: Account,
    recorded_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct TallyRow {
    #[diesel(sql_type = Uuid)]
    id: ProjectId,
    #[diesel(sql_type = Text)]
    state: AdoptionState,
    #[diesel(sql_type = BigInt)]
    municipalities: i64,
}

/// How far others have come with each of some publications, as far as the reader may know.
#[expect(clippy::disallowed_methods, reason = "DISTINCT ON in a subquery has no form in diesel")]
pub(crate) async fn tallies(tx: &PublicTx<'_>, ids: &[ProjectId]) -> Result<Vec<(ProjectId, Tally)>> {
    let query = diesel::sql_query(
        "SELECT id, state, count(*) AS municipalities FROM ( \
             SELECT DISTINCT ON (uses.id, adoption.municipality_id) uses.id, state \
             FROM (SELECT parent_id AS id, project_id AS used FROM imitation \
                       JOIN publication ON publication.id = project_id AND withdrawn_at IS NULL \
                       WHERE parent_id = ANY ($1) \
                   UNION ALL SELECT id, id FROM unnest($1) AS id) AS uses \
             JOIN adoption ON subject_id = used AND (adoption.project_id = used AND used <> uses.id OR adoption.publication_id = uses.id) \
             ORDER BY uses.id, adoption.municipality_id, \
                 array_position(ARRAY['evaluated', 'in_use', 'piloting', 'planned', 'discontinued'], state)) AS farthest \
         GROUP BY id, state ORDER BY id",
    );
    let rows: Vec<TallyRow> =
        prepared(query.bind::<Array<Uuid>, _>(ids.to_vec())).load(&mut tx.conn()).await?;
    let mut tallies: Vec<(ProjectId, Tally)> = Vec::new();
    for row in rows {
        if tallies.last().is_none_or(|(id, _)| *id != row.id) {
            tallies.push((row.id, Tally::default()));
        }
        if let Some((_, tally)) = tallies.last_mut() {
            *tally.of(row.state) = row.municipalities;
        }
    }
    Ok(tallies)
}

impl Tally {
    fn of(&mut self, state: AdoptionState) -> &mut i64 {
        match state {
            AdoptionState::Planned => &mut self.planned,
            AdoptionState::Piloting => &mut self.piloting,
            AdoptionState::InUse => &mut self.in_use,
            AdoptionState::Evaluated => &mut self.evaluated,
            AdoptionState::Discontinued => &mut self.discontinued,
        }
    }
}
