use actix_web::{
    HttpRequest, HttpResponse, get,
    web::{Data, Path},
};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    geojson::{FeatureCollection, geojson},
    model::Lineage,
    prov::prov,
    query::LineageQuery,
    store,
    svg::svg,
};
use crate::{
    platform::{
        auth::Reader, error::Result, extract::Query, id::ProjectId, language::Language,
        public_url::PublicUrl, state::State,
    },
    projects::ProjectPath,
};

/// How many publications a lineage shows, and how many fit into a picture.
const NODES: usize = 500;
const PICTURED: usize = 60;

pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(show).service(show_map).service(show_provenance).service(show_picture);
}

async fn read(
    reader: &Reader,
    state: &State,
    (id, query): (ProjectId, &LineageQuery),
    most: usize,
) -> Result<Lineage> {
    let directory = state.directory();
    reader.read(async |tx| store::lineage(tx, &directory, id, query, most).await).await
}

/// Show the lineage
///
/// What a publication was made from and what was made from it, as a graph: how far each municipality has come with it, and
/// whose proposals became part of it. A withdrawn one stays as a node without title, a detached imitation keeps its edge; what
/// you may not see is left out with its edges, neither named nor counted. The nearest 500 are shown; `truncated` says
/// whether there is more.
#[utoipa::path(operation_id = "show_lineage", tag = "imitation", params(ProjectPath, LineageQuery),
    responses((status = 200, body = Lineage)),
    security((), ("token" = ["publications:read"])))]
#[get("/publications/{id}/lineage")]
async fn show(
    reader: Reader,
    state: Data<State>,
    path: Path<ProjectPath>,
    Query(query): Query<LineageQuery>,
) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok().json(read(&reader, &state, (path.id, &query), NODES).await?))
}

/// Show the lineage on a map
///
/// As GeoJSON (RFC 7946): a point for each publication, at the seat of its municipality, and a line for each imitation,
/// from the origin to it. `properties` are those of the lineage.
#[utoipa::path(operation_id = "show_lineage_map", tag = "imitation", params(ProjectPath, LineageQuery),
    responses((status = 200, body = FeatureCollection, content_type = "application/geo+json")),
    security((), ("token" = ["publications:read"])))]
#[get("/publications/{id}/lineage.geojson")]
async fn show_map(
    reader: Reader,
    state: Data<State>,
    path: Path<ProjectPath>,
    Query(query): Query<LineageQuery>,
) -> Result<HttpResponse> {
    let lineage = read(&reader, &state, (path.id, &query), NODES).await?;
    let map = geojson(&state.directory(), &lineage);
    Ok(HttpResponse::Ok().content_type("application/geo+json").json(map))
}

/// Show the lineage as provenance
///
/// As JSON-LD in the words of W3C PROV-O: publications and versions are entities, imitations are activities,
/// municipalities are agents. Addresses are absolute when the operator has named the service's.
#[utoipa::path(operation_id = "show_lineage_provenance", tag = "imitation", params(ProjectPath, LineageQuery),
    responses((status = 200, body = Object, content_type = "application/ld+json")),
    security((), ("token" = ["publications:read"])))]
#[get("/publications/{id}/lineage.jsonld")]
async fn show_provenance(
    reader: Reader,
    (state, public_url): (Data<State>, Data<PublicUrl>),
    path: Path<ProjectPath>,
    Query(query): Query<LineageQuery>,
) -> Result<HttpResponse> {
    let lineage = read(&reader, &state, (path.id, &query), NODES).await?;
    Ok(HttpResponse::Ok().content_type("application/ld+json").json(prov(&lineage, &public_url)))
}

/// Show the lineage as a picture
///
/// As SVG, to be shown as it is: the nearest 60 with title, municipality, year and how far it has come, from the origins
/// on the left to the imitations on the right. Its texts are in the language of `Accept-Language`; screen readers are told
/// in words what it shows.
#[utoipa::path(operation_id = "show_lineage_picture", tag = "imitation", params(ProjectPath, LineageQuery),
    responses((status = 200, body = String, content_type = "image/svg+xml")),
    security((), ("token" = ["publications:read"])))]
#[get("/publications/{id}/lineage.svg")]
async fn show_picture(
    reader: Reader,
    state: Data<State>,
    request: HttpRequest,
    path: Path<ProjectPath>,
    Query(query): Query<LineageQuery>,
) -> Result<HttpResponse> {
    let lineage = read(&reader, &state, (path.id, &query), PICTURED).await?;
    let picture = svg(&lineage, Language::of(&request));
    Ok(HttpResponse::Ok().content_type("image/svg+xml").body(picture))
}
