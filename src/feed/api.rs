use std::{sync::Arc, time::Duration};

use actix_web::{HttpResponse, get, web::Data};
use serde::{Deserialize, Deserializer, de};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    export,
    model::{Changes, ExportLine},
    store::{self, Wanted},
    wait::Feed,
};
use crate::{
    changes::{ChangeKind, Filter},
    platform::{
        auth::Reader,
        error::Result,
        extract::{NoParameters, Query},
        id::MunicipalityId,
        lines,
        page::Limit,
        problem::Problem,
        state::State,
    },
};

pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list).service(snapshot);
}

/// A position of the change log: 0 is its beginning.
#[derive(Clone, Copy, Debug, Default)]
struct Position(i64);

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let position = i64::deserialize(deserializer).ok().filter(|position| *position >= 0);
        position.map(Self).ok_or_else(|| de::Error::custom("must be a position that you were told"))
    }
}

impl PartialSchema for Position {
    fn schema() -> RefOr<Schema> {
        let schema = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
        schema.default(Some(0.into())).build().into()
    }
}
impl ToSchema for Position {}

/// How many seconds to wait for something to happen: 0 to 30, not at all unless asked.
#[derive(Clone, Copy, Debug, Default)]
struct Wait(u8);

impl Wait {
    const MAX: u8 = 30;
    /// Less than a request may take as a whole, which reading is part of.
    const LONGEST: Duration = Duration::from_secs(25);

    fn time(self) -> Duration {
        Duration::from_secs(u64::from(self.0)).min(Self::LONGEST)
    }
}

impl<'de> Deserialize<'de> for Wait {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = u8::deserialize(deserializer).ok().filter(|seconds| *seconds <= Self::MAX);
        seconds.map(Self).ok_or_else(|| de::Error::custom("must be a whole number from 0 to 30"))
    }
}

impl PartialSchema for Wait {
    fn schema() -> RefOr<Schema> {
        let schema =
            ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).maximum(Some(Self::MAX));
        schema.default(Some(0.into())).build().into()
    }
}
impl ToSchema for Wait {}

/// Which changes.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ChangesQuery {
    /// `position` of the last answer, or of an export.
    #[serde(default)]
    #[param(inline)]
    after: Position,
    /// How many seconds to wait while nothing happens. An empty answer may come sooner.
    #[serde(default)]
    #[param(inline)]
    wait: Wait,
    /// Only these kinds, as they are to you (repeat for several).
    #[serde(default)]
    #[param(inline)]
    kind: Vec<ChangeKind>,
    /// Only of these municipalities' publications, by organisation number.
    #[serde(default)]
    #[param(inline)]
    municipality: Vec<MunicipalityId>,
    /// How many items an answer holds.
    #[serde(default)]
    #[param(inline)]
    limit: Limit,
}

/// List changes
///
/// What happened to the publications that you may see, in the one order that never changes, for keeping a copy of
/// them. Begin with `GET /v1/publications/export`, and then call this with its position, over and over, with `position`
/// of each answer as the next `after`; at once while `more`, otherwise with `wait=30`, which answers as soon as
/// something happens. Apply the items in their order: one with `visible: false` removes the publication, every other
/// puts `publication` in its place. Items show publications as they are now, so applying one twice does no harm.
///
/// What you may not see is not told, but you are told when you no longer may: a withdrawal, a narrower audience, a
/// region left. A filter on `kind` leaves out removals too, so a copy is kept without one. 410 when the log no longer
/// reaches back to `after`, which it does for a year unless the operator says otherwise: begin again with an export.
#[utoipa::path(operation_id = "list_changes", tag = "changes", params(ChangesQuery),
    responses((status = 200, body = Changes),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "The log no longer reaches back to `after`")),
    security((), ("token" = ["publications:read"])))]
#[get("/changes")]
async fn list(
    reader: Reader,
    state: Data<State>,
    feed: Data<Feed>,
    Query(query): Query<ChangesQuery>,
) -> Result<HttpResponse> {
    let mut waiting = feed.wait(query.wait.time());
    let filter = Filter { kinds: query.kind, municipalities: query.municipality };
    let mut wanted = Wanted { after: query.after.0, filter, limit: query.limit };
    loop {
        let directory = state.directory();
        // A transaction for each look: none is held while this waits.
        let page = reader.read(async |tx| store::page(tx, &directory, &wanted).await).await?;
        if !page.items.is_empty() || page.more || !waiting.news().await {
            return Ok(HttpResponse::Ok().json(page));
        }
        wanted.after = page.position;
    }
}

/// Export publications
///
/// Every publication that you may see, one JSON object a line: first `snapshot` with the position to follow
/// `GET /v1/changes` from, then `publication` for each, in its latest version, and at last `end` with their number. A
/// transfer without that line was cut off: ask again. What changes while it runs may or may not be in it; following
/// the changes from its position puts that right. A few run at a time: 503 beyond, with `Retry-After`.
#[utoipa::path(operation_id = "export_publications", tag = "changes",
    responses((status = 200, body = ExportLine, content_type = "application/x-ndjson", description = "A line of this form for each")),
    security((), ("token" = ["publications:read"])))]
#[get("/publications/export")]
async fn snapshot(
    reader: Reader,
    state: Data<State>,
    feed: Data<Feed>,
    _: Query<NoParameters>,
) -> Result<HttpResponse> {
    let leave = feed.export()?;
    // Before the first line, so that what cannot be read is refused instead of breaking off.
    let position = reader.read(async |tx| store::head(tx).await).await?;
    let directory = Arc::clone(&state.directory());
    // Beside the request, which a client that does not read on would hold for ever.
    Ok(lines::answer(async move |sink| {
        let sent = export::send(&reader, &directory, position, &sink).await;
        drop(leave);
        sent
    }))
}
