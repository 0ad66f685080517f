use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, web::Data};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    departure_api, redaction_api,
    store::{self, SECTIONS},
};
use crate::platform::{
    auth::{Caller, permission::ManageData},
    error::Result,
    extract::{NoParameters, Query},
    id::MunicipalityId,
    lines::{self, Sink},
    state::State,
};

pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(export);
    cfg.configure(redaction_api::routes).configure(departure_api::routes);
}

/// A line of the export.
#[derive(Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
enum CustodyLine {
    /// The first line.
    Begin { municipality: MunicipalityId, at: DateTime<Utc> },
    /// A row, by the name of its kind: `project`, `publication`, `version`, `imitation`, `imitation_base`, `adoption`, `adoption_entry`,
    /// `proposal`, `proposal_comment`, `search`, `follow`, `notification`, `client`, or `attachment`: what a project links to.
    Row {
        kind: &'static str,
        #[schema(value_type = Object)]
        row: Value,
    },
    /// The last line, with how many there are of each kind; a transfer without it was cut off.
    End { rows: BTreeMap<&'static str, usize> },
}

/// Export everything
///
/// All that your municipality owns, drafts and contacts included, one JSON object a line: `begin`, a `row` for each thing,
/// `end`. The rows are as the service keeps them. Attachments are addresses: fetch what they lead to yourself. The audit trail has an export of its own.
#[utoipa::path(operation_id = "export_everything", tag = "administration",
    responses((status = 200, body = CustodyLine, content_type = "application/x-ndjson", description = "A line of this form for each")),
    security(("token" = ["data:write"])))]
#[get("/export")]
async fn export(
    caller: Caller<ManageData>,
    state: Data<State>,
    _: Query<NoParameters>,
) -> Result<HttpResponse> {
    let at = state.clock.now();
    // That somebody took everything along is kept.
    caller.act(async |_| Ok(HttpResponse::Ok().finish())).await?;
    Ok(lines::answer(async move |sink| send(&caller, &sink, at).await))
}

async fn send(caller: &Caller<ManageData>, sink: &Sink, at: DateTime<Utc>) -> Result<()> {
    sink.put([CustodyLine::Begin { municipality: caller.municipality(), at }]).await?;
    let mut rows = BTreeMap::new();
    for section in SECTIONS {
        let mut last = None;
        loop {
            let page = caller.look(async |tx| store::rows(tx, section, last.as_ref()).await).await?;
            let Some(end) = page.last() else { break };
            last = Some(end.clone());
            *rows.entry(section.kind).or_default() += page.len();
            sink.put(page.into_iter().map(|row| CustodyLine::Row { kind: section.kind, row })).await?;
        }
    }
    sink.put([CustodyLine::End { rows }]).await
}
