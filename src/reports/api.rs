use actix_web::{HttpResponse, get, http::header, web::Data};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{model::SpreadReport, query::SpreadQuery, store, table::csv};
use crate::platform::{
    auth::{Caller, permission::ReadPublications},
    error::{Error, Result},
    extract::Query,
    state::State,
};

pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(spread).service(spread_table);
}

/// Report how solutions spread
///
/// In a period, the last year unless named: what was published, copied and put to use, how far others are with it now, what was
/// stopped and why, how long it took
/// from publication to the first use elsewhere, and what travels most. Broken down by area, municipality and year as you
/// ask. Every number is a sum over what you may see.
#[utoipa::path(operation_id = "report_spread", tag = "reports", params(SpreadQuery),
    responses((status = 200, body = SpreadReport)),
    security(("token" = ["publications:read"])))]
#[get("/reports/spread")]
async fn spread(
    caller: Caller<ReadPublications>,
    state: Data<State>,
    Query(query): Query<SpreadQuery>,
) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok().json(report(&caller, &state, &query).await?))
}

/// Report how solutions spread, as a table
///
/// The rows of `GET /v1/reports/spread` as CSV (RFC 4180, UTF-8, with a head), for spreadsheets. More than 1000
/// rows are refused rather than cut.
#[utoipa::path(operation_id = "report_spread_as_table", tag = "reports", params(SpreadQuery),
    responses((status = 200, body = String, content_type = "text/csv; charset=utf-8")),
    security(("token" = ["publications:read"])))]
#[get("/reports/spread.csv")]
async fn spread_table(
    caller: Caller<ReadPublications>,
    state: Data<State>,
    Query(query): Query<SpreadQuery>,
) -> Result<HttpResponse> {
    let report = report(&caller, &state, &query).await?;
    if report.truncated {
        return Err(Error::parameter("by", "gives more rows than a table holds; ask for less at once"));
    }
    let table = csv(&report)?;
    let name = "attachment; filename=\"spread.csv\"";
    let mut response = HttpResponse::Ok();
    response.content_type("text/csv; charset=utf-8");
    Ok(response.insert_header((header::CONTENT_DISPOSITION, name)).body(table))
}

async fn report(
    caller: &Caller<ReadPublications>,
    state: &State,
    query: &SpreadQuery,
) -> Result<SpreadReport> {
    let directory = state.directory();
    let period = query.period(state.clock.now().date_naive())?;
    if let Some(unknown) = query.municipality.iter().find(|id| !directory.municipalities.contains_key(id)) {
        return Err(Error::parameter("municipality", format!("{unknown} must be a member")));
    }
    if let Some(area) = query.area.iter().find(|area| !directory.knows("strategic_areas", area)) {
        let rule = format!("{area} must be one of {}", directory.codes("strategic_areas"));
        return Err(Error::parameter("area", rule));
    }
    caller.read(async |tx| store::spread(tx, &directory, query, period).await).await
}
