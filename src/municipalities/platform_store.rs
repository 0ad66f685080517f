//! The tables of the reference data, as the operator changes them.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::platform_api::{MunicipalityRequest, Number};
use crate::platform::{
    db::{
        SystemTx,
        schema::{municipality, municipality_number, region, region_member},
    },
    error::{Code, Error, Result},
    id::MunicipalityId,
    text::Text,
};

/// Writes a municipality with all its numbers; says whether it is new.
pub(super) async fn write(
    tx: &SystemTx<'_>,
    id: MunicipalityId,
    request: &MunicipalityRequest,
) -> Result<bool> {
    let known = municipality::table.find(id).select(municipality::name).for_update();
    let known: Option<String> = known.first(&mut tx.conn()).await.optional()?;
    if let Some(before) = &known {
        tx.trail().before(before);
    }
    let values = (
        municipality::name.eq(request.name.as_str()),
        municipality::latitude.eq(request.seat.map(|seat| seat.latitude)),
        municipality::longitude.eq(request.seat.map(|seat| seat.longitude)),
    );
    let insert = diesel::insert_into(municipality::table).values((municipality::id.eq(id), values));
    insert.on_conflict(municipality::id).do_update().set(values).execute(&mut tx.conn()).await?;
    let old = municipality_number::table.filter(municipality_number::municipality_id.eq(id));
    diesel::delete(old).execute(&mut tx.conn()).await?;
    let numbers: Vec<_> = request.municipality_numbers.iter().map(|number| row(id, number)).collect();
    diesel::insert_into(municipality_number::table).values(numbers).execute(&mut tx.conn()).await?;
    tx.trail().after(request);
    tx.trail().concerns(Some(id));
    Ok(known.is_none())
}

#[derive(Insertable)]
#[diesel(table_name = municipality_number)]
struct NewNumber<'a> {
    municipality_id: MunicipalityId,
    number: &'a str,
    valid_from: Option<chrono::NaiveDate>,
    valid_to: Option<chrono::NaiveDate>,
    former_name: Option<&'a str>,
}

fn row(municipality_id: MunicipalityId, number: &Number) -> NewNumber<'_> {
    NewNumber {
        municipality_id,
        number: &number.number,
        valid_from: number.valid_from,
        valid_to: number.valid_to,
        former_name: number.former_name.as_ref().map(Text::as_str),
    }
}

/// Writes a region's name; says whether it is new.
pub(super) async fn write_region(tx: &SystemTx<'_>, slug: &str, name: &str) -> Result<bool> {
    let known = region::table.find(slug).select(region::name).first(&mut tx.conn()).await;
    let known: Option<String> = known.optional()?;
    if let Some(before) = &known {
        tx.trail().before(before);
    }
    let insert = diesel::insert_into(region::table).values((region::slug.eq(slug), region::name.eq(name)));
    let upsert = insert.on_conflict(region::slug).do_update().set(region::name.eq(name));
    upsert.execute(&mut tx.conn()).await?;
    tx.trail().after(&name);
    Ok(known.is_none())
}

/// Lets a municipality be seen by the members of a region, and see them; says whether that is new.
pub(super) async fn join(tx: &SystemTx<'_>, slug: &str, id: MunicipalityId) -> Result<bool> {
    let row = (region_member::region_slug.eq(slug), region_member::municipality_id.eq(id));
    let insert = diesel::insert_into(region_member::table).values(row).on_conflict_do_nothing();
    tx.trail().after(&(slug, id));
    tx.trail().concerns(Some(id));
    Ok(insert.execute(&mut tx.conn()).await? > 0)
}

pub(super) async fn leave(tx: &SystemTx<'_>, slug: &str, id: MunicipalityId) -> Result<()> {
    tx.trail().before(&(slug, id));
    tx.trail().gone();
    tx.trail().concerns(Some(id));
    match diesel::delete(region_member::table.find((slug, id))).execute(&mut tx.conn()).await? {
        0 => Err(Error::not_found()),
        _ => Ok(()),
    }
}

/// Whether there are such a region and such a municipality.
pub(super) async fn check(tx: &SystemTx<'_>, slug: &str, id: MunicipalityId) -> Result<()> {
    let region: Option<String> =
        region::table.find(slug).select(region::slug).first(&mut tx.conn()).await.optional()?;
    let member: Option<String> =
        municipality::table.find(id).select(municipality::name).first(&mut tx.conn()).await.optional()?;
    region
        .and(member)
        .map(|_| ())
        .ok_or_else(|| Error::new(Code::NotFound, "There is no such region or municipality."))
}
