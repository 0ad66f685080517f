//! Reading the reference data, and writing it into a new database.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::try_join;

use super::{Directory, Municipality, NumberPeriod, Region, Seat, Term};
use crate::platform::{
    db::{PublicTx, SystemTx, schema},
    error::Result,
    id::MunicipalityId,
};

/// All reference data, in one round trip.
pub(super) async fn load(tx: &PublicTx<'_>) -> Result<Directory> {
    use schema::{municipality, municipality_number, region, region_member, vocabulary_term};
    let [mut first, mut second, mut third, mut fourth, mut fifth] = [tx.conn(); 5];
    let terms = vocabulary_term::table.order((vocabulary_term::vocabulary, vocabulary_term::rank));
    let (names, numbers, regions, members, terms) = try_join!(
        municipality::table.load::<(MunicipalityId, String, Option<f64>, Option<f64>)>(&mut first),
        municipality_number::table
            .order(municipality_number::valid_from.asc().nulls_first())
            .load::<NumberRow>(&mut second),
        region::table.order(region::name).load::<(String, String)>(&mut third),
        region_member::table.load::<(String, MunicipalityId)>(&mut fourth),
        terms.load::<TermRow>(&mut fifth),
    )?;
    let mut municipalities: BTreeMap<_, _> =
        names.into_iter().map(|(id, name, north, east)| (id, empty(id, name, north.zip(east)))).collect();
    for (id, number, valid_from, valid_to, former_name) in numbers {
        if let Some(municipality) = municipalities.get_mut(&id) {
            municipality.municipality_numbers.push(NumberPeriod {
                number,
                valid_from,
                valid_to,
                former_name,
            });
        }
    }
    for (slug, id) in members {
        if let Some(municipality) = municipalities.get_mut(&id) {
            municipality.regions.insert(slug);
        }
    }
    let mut vocabularies: BTreeMap<String, Vec<Term>> = BTreeMap::new();
    for (vocabulary, code, _, nb, nn, en, valid_from, valid_to) in terms {
        vocabularies.entry(vocabulary).or_default().push(Term { code, nb, nn, en, valid_from, valid_to });
    }
    let regions = regions.into_iter().map(|(slug, name)| Region { slug, name }).collect();
    Ok(Directory { municipalities, regions, vocabularies })
}

type NumberRow =
    (MunicipalityId, String, Option<chrono::NaiveDate>, Option<chrono::NaiveDate>, Option<String>);
type TermRow =
    (String, String, i32, String, String, String, Option<chrono::NaiveDate>, Option<chrono::NaiveDate>);

fn empty(organisation_number: MunicipalityId, name: String, seat: Option<(f64, f64)>) -> Municipality {
    let seat = seat.map(|(latitude, longitude)| Seat { latitude, longitude });
    Municipality { organisation_number, name, seat, municipality_numbers: Vec::new(), regions: [].into() }
}

/// The newest migration of the database.
pub async fn schema_version(tx: &SystemTx<'_>) -> Result<Option<String>> {
    use schema::__diesel_schema_migrations::dsl;
    Ok(dsl::__diesel_schema_migrations
        .select(diesel::dsl::max(dsl::version))
        .get_result(&mut tx.conn())
        .await?)
}

/// The key of cursors, which every node of a database shares. It also tells the database from every other.
pub async fn cursor_secret(tx: &SystemTx<'_>) -> Result<Vec<u8>> {
    use schema::secret::dsl;
    Ok(dsl::secret.find("cursor").select(dsl::value).first(&mut tx.conn()).await?)
}
