use actix_web::{HttpResponse, get, web::Data};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{best::Best, engine::Engine, few::Few, suggest::Unfinished, viewer::Viewer};
use crate::{
    municipalities::MunicipalityRef,
    platform::{
        auth::Reader, directory::Directory, error::Result, extract::Query, id::ProjectId, state::State,
        text::Text,
    },
};

pub(super) fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(suggest);
}

/// What is being typed.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct SuggestQuery {
    /// What stands in the search box; its last word is taken as unfinished.
    #[serde(default)]
    #[param(inline)]
    q: Text<0, 200>,
    /// How many of each at most.
    #[serde(default)]
    #[param(inline)]
    limit: Few<10, 5>,
}

/// What a query that is being typed may become.
#[derive(Default, Serialize, ToSchema)]
struct Suggestions {
    /// The query with its last word finished, for searching; first what most publications have.
    completions: Vec<String>,
    /// Publications to go to at once, best first.
    publications: Vec<SuggestedPublication>,
}

/// A publication to go to.
#[derive(Serialize, ToSchema)]
struct SuggestedPublication {
    id: ProjectId,
    title: String,
    municipality: MunicipalityRef,
}

/// Suggest queries
///
/// For a search box, while somebody types: the query with its last word finished as publications spell it, and titles
/// to go to at once. Only words and titles of publications that you may see are suggested; they also have the words
/// before the last, in some form. Both lists are empty while the last word has fewer than two letters, and when
/// nothing begins so: typing errors are mended by search itself, whose syntax `q` may use.
#[utoipa::path(operation_id = "suggest_queries", tag = "search", params(SuggestQuery),
    responses((status = 200, body = Suggestions)),
    security((), ("token" = ["publications:read"])))]
#[get("/publications/suggestions")]
async fn suggest(
    reader: Reader,
    state: Data<State>,
    engine: Data<Engine>,
    Query(query): Query<SuggestQuery>,
) -> Result<HttpResponse> {
    let Some(unfinished) = Unfinished::read(query.q.as_str()) else {
        return Ok(HttpResponse::Ok().json(Suggestions::default()));
    };
    let hits = engine.begun(&Viewer::new(&reader, &state), &unfinished)?;
    let (directory, limit) = (state.directory(), query.limit.get());
    let completions = unfinished.completions(&directory, &hits, limit);
    let publications = hits.into_iter().take(limit).map(|hit| publication(&directory, hit)).collect();
    Ok(HttpResponse::Ok().json(Suggestions { completions, publications }))
}

fn publication(directory: &Directory, hit: Best) -> SuggestedPublication {
    let municipality = MunicipalityRef::of(directory, hit.stored.municipality);
    SuggestedPublication { id: hit.stored.card.id, title: hit.stored.card.title, municipality }
}
