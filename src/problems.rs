//! The catalogue of problems: what `type` of a refusal points at.

use actix_web::{HttpRequest, HttpResponse, get, web::Path};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::platform::{
    error::{Code, Error, Result},
    extract::{NoParameters, Query},
    language::Language,
};

pub(crate) fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list).service(show);
}

/// A kind of problem.
#[derive(Serialize, ToSchema)]
struct ProblemKind {
    /// What `code` of a refusal says.
    code: &'static str,
    /// In the language of `Accept-Language`.
    title: &'static str,
    /// The HTTP status that it comes with.
    status: u16,
}

/// Every kind of problem.
#[derive(Serialize, ToSchema)]
struct ProblemKinds {
    items: Vec<ProblemKind>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct ProblemPath {
    /// The `code` of a refusal.
    code: String,
}

fn kind(code: Code, language: Language) -> ProblemKind {
    ProblemKind { code: code.code(), title: code.title(language), status: code.status().as_u16() }
}

/// List kinds of problems
///
/// Every `code` that a refusal can bear. Codes never change their meaning.
#[utoipa::path(operation_id = "list_problems", tag = "operation", responses((status = 200, body = ProblemKinds)))]
#[get("/problems")]
async fn list(request: HttpRequest, _: Query<NoParameters>) -> HttpResponse {
    let language = Language::of(&request);
    HttpResponse::Ok()
        .json(ProblemKinds { items: Code::ALL.iter().map(|&code| kind(code, language)).collect() })
}

/// Show a kind of problem
///
/// Where the `type` of a refusal leads.
#[utoipa::path(operation_id = "show_problem", tag = "operation", params(ProblemPath), responses((status = 200, body = ProblemKind)))]
#[get("/problems/{code}")]
async fn show(request: HttpRequest, path: Path<ProblemPath>, _: Query<NoParameters>) -> Result<HttpResponse> {
    let code = Code::ALL.iter().find(|code| code.code() == path.code).ok_or_else(Error::not_found)?;
    Ok(HttpResponse::Ok().json(kind(*code, Language::of(&request))))
}
