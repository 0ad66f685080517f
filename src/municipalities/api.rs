use actix_web::{
    HttpResponse, get,
    web::{Data, Path},
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::platform_api;
use crate::platform::{
    directory::{self, NumberPeriod, Seat},
    error::{Error, Result},
    extract::{NoParameters, Query},
    id::MunicipalityId,
    state::State,
};

pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list).service(show).service(list_regions);
    cfg.configure(platform_api::routes);
}

/// A member of Glomma.
#[derive(Serialize, ToSchema)]
struct Municipality {
    /// Organisation number: the key, which stays when the municipality number changes.
    organisation_number: MunicipalityId,
    name: String,
    /// Where it is governed from; null when that is not known here.
    seat: Option<Seat>,
    /// Every number it has had, oldest first.
    municipality_numbers: Vec<NumberPeriod>,
    /// Slugs of the regions it belongs to.
    regions: Vec<String>,
}

/// A group of municipalities that see each other's regional publications.
#[derive(Serialize, ToSchema)]
struct Region {
    slug: String,
    name: String,
    /// Organisation numbers of its members.
    municipalities: Vec<MunicipalityId>,
}

/// All municipalities.
#[derive(Serialize, ToSchema)]
struct Municipalities {
    items: Vec<Municipality>,
}

/// All regions.
#[derive(Serialize, ToSchema)]
struct Regions {
    items: Vec<Region>,
}

/// Which municipalities to list.
#[derive(serde::Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct NumberQuery {
    /// Only those that bear this municipality number or bore it: four digits.
    number: Option<String>,
}

#[derive(serde::Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct MunicipalityPath {
    /// Organisation number.
    pub(super) organisation_number: MunicipalityId,
}

impl From<&directory::Municipality> for Municipality {
    fn from(found: &directory::Municipality) -> Self {
        Self {
            organisation_number: found.organisation_number,
            name: found.name.clone(),
            seat: found.seat,
            municipality_numbers: found.municipality_numbers.clone(),
            regions: found.regions.iter().cloned().collect(),
        }
    }
}

/// List municipalities
///
/// Every member of Glomma with its municipality numbers through the reforms and its regions. The list is short
/// and comes whole. `number` finds who bears a municipality number or bore it, also as another municipality since.
#[utoipa::path(operation_id = "list_municipalities", tag = "reference data", params(NumberQuery), responses((status = 200, body = Municipalities)))]
#[get("/municipalities")]
async fn list(state: Data<State>, Query(query): Query<NumberQuery>) -> HttpResponse {
    let directory = state.directory();
    let bears = |found: &&directory::Municipality| {
        let mut numbers = found.municipality_numbers.iter();
        query.number.as_ref().is_none_or(|number| numbers.any(|period| period.number == *number))
    };
    let items = directory
        .municipalities
        .values()
        .filter(|m| !m.organisation_number.is_external())
        .filter(bears)
        .map(Municipality::from)
        .collect();
    HttpResponse::Ok().json(Municipalities { items })
}

/// Show a municipality
///
/// By its organisation number.
#[utoipa::path(operation_id = "show_municipality", tag = "reference data", params(MunicipalityPath), responses((status = 200, body = Municipality)))]
#[get("/municipalities/{organisation_number}")]
async fn show(
    state: Data<State>,
    path: Path<MunicipalityPath>,
    _: Query<NoParameters>,
) -> Result<HttpResponse> {
    let directory = state.directory();
    let found = directory.municipalities.get(&path.organisation_number);
    let found =
        found.filter(|found| !found.organisation_number.is_external()).ok_or_else(Error::not_found)?;
    Ok(HttpResponse::Ok().json(Municipality::from(found)))
}

/// List regions
///
/// A publication for the audience `region` is seen by all municipalities that share a region with its owner.
#[utoipa::path(operation_id = "list_regions", tag = "reference data", responses((status = 200, body = Regions)))]
#[get("/regions")]
async fn list_regions(state: Data<State>, _: Query<NoParameters>) -> HttpResponse {
    let directory = state.directory();
    let items = directory.regions.iter().map(|region| {
        let members = directory.municipalities.values().filter(|m| m.regions.contains(&region.slug));
        let municipalities = members.map(|m| m.organisation_number).collect();
        Region { slug: region.slug.clone(), name: region.name.clone(), municipalities }
    });
    HttpResponse::Ok().json(Regions { items: items.collect() })
}
