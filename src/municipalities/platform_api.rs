use actix_web::{HttpResponse, delete, put, web::Path};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{api::MunicipalityPath, platform_store as store};
use crate::platform::{
    auth::Operator,
    directory::Seat,
    error::{Code, Error, Fault, Result},
    extract::{Body, NoParameters, Query},
    id::MunicipalityId,
    text::Text,
};

pub(super) fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(write).service(write_region).service(join).service(leave);
}

/// How many numbers a municipality may have had.
const MOST_NUMBERS: usize = 50;

/// A municipality as the operator describes it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct MunicipalityRequest {
    #[schema(inline)]
    pub(super) name: Text<1, 100>,
    /// Where it is governed from.
    #[serde(default)]
    pub(super) seat: Option<Seat>,
    /// Every number that it has had, and those of the municipalities that became part of it.
    pub(super) municipality_numbers: Vec<Number>,
}

/// A municipality number and the days on which it was in use.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct Number {
    /// Four digits.
    pub(super) number: String,
    /// First day; null when it is older than the register.
    #[serde(default)]
    pub(super) valid_from: Option<NaiveDate>,
    /// Last day; null while it is in use.
    #[serde(default)]
    pub(super) valid_to: Option<NaiveDate>,
    /// The name of the municipality that had it, when that became part of this one.
    #[serde(default)]
    #[schema(inline)]
    pub(super) former_name: Option<Text<1, 100>>,
}

impl MunicipalityRequest {
    fn check(&self) -> Result<()> {
        let mut faults = Vec::new();
        let is_number = |number: &str| number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit());
        for (at, period) in self.municipality_numbers.iter().enumerate() {
            let again = self.municipality_numbers.iter().take(at).any(|other| other.number == period.number);
            if !is_number(&period.number) || again {
                faults.push(Fault::invalid(
                    format!("#/municipality_numbers/{at}/number"),
                    "must be four digits, each once",
                ));
            }
            if period.valid_from.zip(period.valid_to).is_some_and(|(from, to)| from > to) {
                let pointer = format!("#/municipality_numbers/{at}/valid_to");
                faults.push(Fault::invalid(pointer, "must not be before valid_from"));
            }
        }
        if !(1..=MOST_NUMBERS).contains(&self.municipality_numbers.len()) {
            let rule = format!("must have 1 to {MOST_NUMBERS} numbers");
            faults.push(Fault::invalid("#/municipality_numbers", rule));
        }
        let on_earth = |seat: &Seat| seat.latitude.abs() <= 90.0 && seat.longitude.abs() <= 180.0;
        if self.seat.is_some_and(|seat| !on_earth(&seat)) {
            faults.push(Fault::invalid("#/seat", "must be degrees of latitude and longitude"));
        }
        let refused =
            || Error::faults(Code::InvalidBody, "A member of the body breaks its rule.", faults.clone());
        if faults.is_empty() { Ok(()) } else { Err(refused()) }
    }
}

/// Write a municipality
///
/// By the operator: a new member, or one whose name or numbers changed. One that became part of another stays as a former
/// number and name of that (0136 Rygge became Moss); revoke its clients, and make new ones there. A municipality is never deleted. Every node
/// shows it within five seconds.
#[utoipa::path(operation_id = "write_municipality", tag = "platform", params(MunicipalityPath), request_body = MunicipalityRequest,
    responses((status = 200, body = MunicipalityRequest, description = "It was changed"), (status = 201, body = MunicipalityRequest, description = "It is new")),
    security(("token" = ["platform:write"])))]
#[put("/platform/municipalities/{organisation_number}")]
async fn write(
    operator: Operator,
    path: Path<MunicipalityPath>,
    _: Query<NoParameters>,
    body: Body<MunicipalityRequest>,
) -> Result<HttpResponse> {
    let request = body.check()?;
    request.check()?;
    let work = operator.act(async |tx| {
        if path.organisation_number.is_external() {
            return Err(Error::not_found());
        }
        let new = store::write(tx, path.organisation_number, &request).await?;
        let mut response = if new { HttpResponse::Created() } else { HttpResponse::Ok() };
        Ok(response.json(&request))
    });
    work.await
}

/// A region, in a path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct RegionPath {
    /// Lower case letters, digits and hyphens.
    slug: String,
}

/// A region as the operator describes it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct RegionRequest {
    #[schema(inline)]
    name: Text<1, 100>,
}

fn check_slug(slug: &str) -> Result<()> {
    let plain = slug.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    (plain && (1..=50).contains(&slug.len())).then_some(()).ok_or_else(Error::not_found)
}

/// Write a region
///
/// By the operator: a group of municipalities that see each other's regional publications.
#[utoipa::path(operation_id = "write_region", tag = "platform", params(RegionPath), request_body = RegionRequest,
    responses((status = 200, body = RegionRequest, description = "It was renamed"), (status = 201, body = RegionRequest, description = "It is new")),
    security(("token" = ["platform:write"])))]
#[put("/platform/regions/{slug}")]
async fn write_region(
    operator: Operator,
    path: Path<RegionPath>,
    _: Query<NoParameters>,
    body: Body<RegionRequest>,
) -> Result<HttpResponse> {
    check_slug(&path.slug)?;
    let request = body.check()?;
    let work = operator.act(async |tx| {
        let new = store::write_region(tx, &path.slug, request.name.as_str()).await?;
        let mut response = if new { HttpResponse::Created() } else { HttpResponse::Ok() };
        Ok(response.json(&request))
    });
    work.await
}

/// A member of a region, in a path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct MemberPath {
    /// The region.
    slug: String,
    /// The municipality.
    organisation_number: MunicipalityId,
}

/// Add a municipality to a region
///
/// It sees the regional publications of the others from now on, and they its; mirrors are told. Adding it again changes
/// nothing.
#[utoipa::path(operation_id = "add_region_member", tag = "platform", params(MemberPath), responses((status = 204, description = "It is a member")),
    security(("token" = ["platform:write"])))]
#[put("/platform/regions/{slug}/members/{organisation_number}")]
async fn join(operator: Operator, path: Path<MemberPath>, _: Query<NoParameters>) -> Result<HttpResponse> {
    let work = operator.act(async |tx| {
        if path.organisation_number.is_external() {
            return Err(Error::not_found());
        }
        store::check(tx, &path.slug, path.organisation_number).await?;
        store::join(tx, &path.slug, path.organisation_number).await?;
        Ok(HttpResponse::NoContent().finish())
    });
    work.await
}

/// Remove a municipality from a region
///
/// It no longer sees what the others publish for the region, nor they its; mirrors are told.
#[utoipa::path(operation_id = "remove_region_member", tag = "platform", params(MemberPath), responses((status = 204, description = "It is no member any more")),
    security(("token" = ["platform:write"])))]
#[delete("/platform/regions/{slug}/members/{organisation_number}")]
async fn leave(operator: Operator, path: Path<MemberPath>, _: Query<NoParameters>) -> Result<HttpResponse> {
    let work = operator.act(async |tx| {
        store::leave(tx, &path.slug, path.organisation_number).await?;
        Ok(HttpResponse::NoContent().finish())
    });
    work.await
}
