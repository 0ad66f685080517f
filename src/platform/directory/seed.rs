//! Writing the reference data of the binary into a new database.

use std::collections::BTreeMap;

use anyhow::Context;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Deserialize;

use super::{Municipality, NumberPeriod, Region, Term};
use crate::platform::{db::schema, id::MunicipalityId};

const MUNICIPALITIES: &str = include_str!("../../../assets/municipalities.json");
const VOCABULARIES: &str = include_str!("../../../assets/vocabularies.json");

#[derive(Deserialize)]
struct Seed {
    municipalities: Vec<Municipality>,
    regions: Vec<Region>,
}

/// The municipality that the reference data of this binary calls so.
///
/// # Errors
/// When the data cannot be read, which a test rules out.
pub fn seeded(name: &str) -> anyhow::Result<Option<MunicipalityId>> {
    let seed: Seed = serde_json::from_str(MUNICIPALITIES).context("assets/municipalities.json")?;
    let found = seed.municipalities.iter().find(|municipality| municipality.name.eq_ignore_ascii_case(name));
    Ok(found.map(|municipality| municipality.organisation_number))
}

/// Writes what is missing; what an operator changed stays, but labels follow the binary.
///
/// # Errors
/// When the database refuses.
pub async fn seed(conn: &AsyncPgConnection) -> anyhow::Result<()> {
    let seed: Seed = serde_json::from_str(MUNICIPALITIES).context("assets/municipalities.json")?;
    let vocabularies: BTreeMap<String, Vec<Term>> =
        serde_json::from_str(VOCABULARIES).context("assets/vocabularies.json")?;
    seed_regions(conn, &seed.regions).await?;
    for municipality in &seed.municipalities {
        seed_municipality(conn, municipality).await?;
    }
    for (vocabulary, terms) in &vocabularies {
        seed_vocabulary(conn, vocabulary, terms).await?;
    }
    Ok(())
}

async fn seed_regions(mut conn: &AsyncPgConnection, regions: &[Region]) -> anyhow::Result<()> {
    use schema::region::dsl;
    let rows: Vec<_> =
        regions.iter().map(|region| (dsl::slug.eq(&region.slug), dsl::name.eq(&region.name))).collect();
    diesel::insert_into(dsl::region).values(rows).on_conflict_do_nothing().execute(&mut conn).await?;
    Ok(())
}

/// A municipality that is already there keeps its regions and numbers as they are.
async fn seed_municipality(mut conn: &AsyncPgConnection, seed: &Municipality) -> anyhow::Result<()> {
    use schema::{municipality, municipality_number, region_member};
    let id = seed.organisation_number;
    let row = (municipality::id.eq(id), municipality::name.eq(&seed.name));
    let new = diesel::insert_into(municipality::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(&mut conn)
        .await?;
    if let Some(seat) = seed.seat {
        let unknown = municipality::table.find(id).filter(municipality::latitude.is_null());
        let seat = (municipality::latitude.eq(seat.latitude), municipality::longitude.eq(seat.longitude));
        diesel::update(unknown).set(seat).execute(&mut conn).await?;
    }
    if new == 0 {
        return Ok(());
    }
    let numbers: Vec<_> = seed.municipality_numbers.iter().map(|period| number_row(id, period)).collect();
    diesel::insert_into(municipality_number::table).values(numbers).execute(&mut conn).await?;
    let regions = seed.regions.iter();
    let regions: Vec<_> = regions
        .map(|slug| (region_member::region_slug.eq(slug), region_member::municipality_id.eq(id)))
        .collect();
    diesel::insert_into(region_member::table).values(regions).execute(&mut conn).await?;
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = schema::municipality_number)]
struct NewNumber<'a> {
    municipality_id: MunicipalityId,
    number: &'a str,
    valid_from: Option<chrono::NaiveDate>,
    valid_to: Option<chrono::NaiveDate>,
    former_name: Option<&'a str>,
}

fn number_row(municipality_id: MunicipalityId, period: &NumberPeriod) -> NewNumber<'_> {
    NewNumber {
        municipality_id,
        number: &period.number,
        valid_from: period.valid_from,
        valid_to: period.valid_to,
        former_name: period.former_name.as_deref(),
    }
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = schema::vocabulary_term)]
struct NewTerm<'a> {
    vocabulary: &'a str,
    code: &'a str,
    rank: i32,
    nb: &'a str,
    nn: &'a str,
    en: &'a str,
}

async fn seed_vocabulary(
    mut conn: &AsyncPgConnection,
    vocabulary: &str,
    terms: &[Term],
) -> anyhow::Result<()> {
    use schema::vocabulary_term::dsl;
    for (rank, Term { code, nb, nn, en, .. }) in (0..).zip(terms) {
        let term = NewTerm { vocabulary, code, rank, nb, nn, en };
        let insert = diesel::insert_into(dsl::vocabulary_term).values(&term);
        insert.on_conflict((dsl::vocabulary, dsl::code)).do_update().set(&term).execute(&mut conn).await?;
    }
    Ok(())
}
