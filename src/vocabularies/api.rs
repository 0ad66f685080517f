use actix_web::{
    HttpRequest, HttpResponse, get,
    web::{Data, Path},
};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::platform::{
    directory,
    error::{Error, Result},
    extract::{NoParameters, Query},
    language::Language,
    state::State,
};

pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list).service(show);
}

/// The names of the vocabularies.
#[derive(Serialize, ToSchema)]
struct Vocabularies {
    items: Vec<String>,
}

/// A vocabulary.
#[derive(Serialize, ToSchema)]
struct Vocabulary {
    name: String,
    /// In the order in which they are to be shown.
    terms: Vec<Term>,
}

/// A code and what people call it.
#[derive(Serialize, ToSchema)]
struct Term {
    /// What the API takes and gives.
    code: String,
    /// In the language of `Accept-Language`.
    label: String,
    labels: Labels,
    /// First day of its validity, for those who show a choice; null when it always was valid.
    valid_from: Option<NaiveDate>,
    /// Last day of its validity; null while there is none.
    valid_to: Option<NaiveDate>,
}

/// The label in every language.
#[derive(Serialize, ToSchema)]
struct Labels {
    nb: String,
    nn: String,
    en: String,
}

#[derive(serde::Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct VocabularyPath {
    /// As `list_vocabularies` names it, such as `strategic_areas`.
    name: String,
}

fn term(term: &directory::Term, language: Language) -> Term {
    let directory::Term { code, nb, nn, en, valid_from, valid_to } = term.clone();
    Term { code, label: term.label(language).to_owned(), labels: Labels { nb, nn, en }, valid_from, valid_to }
}

/// List vocabularies
///
/// The names of the closed lists whose codes the API uses.
#[utoipa::path(operation_id = "list_vocabularies", tag = "reference data", responses((status = 200, body = Vocabularies)))]
#[get("/vocabularies")]
async fn list(state: Data<State>, _: Query<NoParameters>) -> HttpResponse {
    HttpResponse::Ok().json(Vocabularies { items: state.directory().vocabularies.keys().cloned().collect() })
}

/// Show a vocabulary
///
/// Its codes with labels. Codes stay; labels may be improved. The strategy is revised often, so terms come and go
/// by date rather than by release.
#[utoipa::path(operation_id = "show_vocabulary", tag = "reference data", params(VocabularyPath), responses((status = 200, body = Vocabulary)))]
#[get("/vocabularies/{name}")]
async fn show(
    request: HttpRequest,
    state: Data<State>,
    path: Path<VocabularyPath>,
    _: Query<NoParameters>,
) -> Result<HttpResponse> {
    let (directory, language) = (state.directory(), Language::of(&request));
    let terms = directory.vocabularies.get(&path.name).ok_or_else(Error::not_found)?;
    let terms = terms.iter().map(|found| term(found, language)).collect();
    Ok(HttpResponse::Ok().json(Vocabulary { name: path.name.clone(), terms }))
}
