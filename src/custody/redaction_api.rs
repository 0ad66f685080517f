use actix_web::{
    HttpResponse, post,
    web::{Data, Path},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::store;
use crate::{
    platform::{
        auth::{Caller, permission::ManageData},
        error::Result,
        extract::{Body, NoParameters, Query},
        id::ProjectId,
        state::State,
        text::Text,
    },
    projects::{self, ProjectPath},
    publications::PublicationCache,
};

pub(super) fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(redact);
}

/// Why a contact is taken out.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct RedactionRequest {
    /// In words; kept in the audit trail as a digest only, so name no person.
    #[schema(inline)]
    reason: Text<1, 1000>,
}

/// What was taken out.
#[derive(Serialize, ToSchema)]
struct Redaction {
    id: ProjectId,
    /// How many versions had a contact.
    versions: usize,
}

/// Redact a project's contact
///
/// Takes the contact out of the project and of every version of its publication, for good: when a person asks to be
/// forgotten. The versions stay, with `redacted_at`, and so does the audit trail. Name a new contact before you publish again.
#[utoipa::path(operation_id = "redact_contact", tag = "administration", params(ProjectPath), request_body = RedactionRequest,
    responses((status = 200, body = Redaction)),
    security(("token" = ["data:write"])))]
#[post("/projects/{id}/redactions")]
async fn redact(
    caller: Caller<ManageData>,
    state: Data<State>,
    cache: Data<PublicationCache>,
    path: Path<ProjectPath>,
    _: Query<NoParameters>,
    body: Body<RedactionRequest>,
) -> Result<HttpResponse> {
    let work = caller.act(async |tx| {
        let found = projects::store::lock(tx, path.id).await?;
        let reason = body.check()?;
        let versions = store::redact(tx, found, state.clock.now()).await?;
        tx.trail().after(&(reason, versions));
        Ok(HttpResponse::Ok().json(Redaction { id: path.id, versions }))
    });
    let response = work.await?;
    cache.forget(path.id);
    Ok(response)
}
