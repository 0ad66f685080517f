use actix_web::{
    HttpRequest, HttpResponse, delete, get,
    http::header,
    put,
    web::{Data, Path},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    notification::{NotificationQuery, Notifications},
    store,
};
use crate::platform::{
    auth::{
        Caller,
        permission::{ReadProjects, WriteProjects},
    },
    error::Result,
    extract::{Body, NoParameters, Query},
    page::Page,
    state::State,
};

pub(super) fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list).service(mark_all).service(mark).service(unmark);
}

/// The notification's id, in a path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct NotificationPath {
    /// A notification's id.
    id: i64,
}

/// List notifications
///
/// What your municipality is told, newest first: new versions of what it imitates, imitations and uses of its own,
/// proposals and what was decided about them, and what happened to what it follows. `because` says why it is told.
/// They come from the change log, a second or two behind it, and are kept for as many days as its entries. Read or unread is the municipality's, not one
/// person's.
#[utoipa::path(operation_id = "list_notifications", tag = "notifications", params(NotificationQuery),
    responses((status = 200, body = Notifications, headers(("Link" = String)))),
    security(("token" = ["projects:read"])))]
#[get("/notifications")]
async fn list(
    caller: Caller<ReadProjects>,
    state: Data<State>,
    request: HttpRequest,
    Query(query): Query<NotificationQuery>,
) -> Result<HttpResponse> {
    let directory = state.directory();
    let scope = format!("notifications {} {}", caller.municipality(), query.unread);
    let before = query.cursor.as_deref().map(|cursor| state.cursors.open(&scope, cursor)).transpose()?;
    let read = caller.look(async |tx| store::page(tx, &directory, &query, before).await);
    let (rows, unread) = read.await?;
    let Page { items, page } =
        Page::new(&request, query.limit, rows, |last| state.cursors.seal(&scope, &last.id))?;
    let link = page.header();
    Ok(HttpResponse::Ok().insert_header((header::LINK, link)).json(Notifications { items, unread, page }))
}

/// How far everything was read.
#[derive(Debug, Deserialize, ToSchema)]
struct ReadThrough {
    /// The id of the newest notification that was read.
    through: i64,
}

/// Mark notifications as read
///
/// Everything up to one of them, that one too, for the whole municipality.
#[utoipa::path(operation_id = "mark_notifications_read", tag = "notifications", request_body = ReadThrough,
    responses((status = 204, description = "They are read")),
    security(("token" = ["projects:write"])))]
#[put("/notifications/read")]
async fn mark_all(
    caller: Caller<WriteProjects>,
    state: Data<State>,
    _: Query<NoParameters>,
    body: Body<ReadThrough>,
) -> Result<HttpResponse> {
    let ReadThrough { through } = body.check()?;
    let work = caller.act(async |tx| {
        store::mark_through(tx, through, state.clock.now()).await?;
        Ok(HttpResponse::NoContent().finish())
    });
    work.await
}

/// Mark a notification as read
///
/// For the whole municipality. Marking again changes nothing.
#[utoipa::path(operation_id = "mark_notification_read", tag = "notifications", params(NotificationPath),
    responses((status = 204, description = "It is read")),
    security(("token" = ["projects:write"])))]
#[put("/notifications/{id}/read")]
async fn mark(
    caller: Caller<WriteProjects>,
    state: Data<State>,
    path: Path<NotificationPath>,
    _: Query<NoParameters>,
) -> Result<HttpResponse> {
    let work = caller.act(async |tx| {
        store::mark(tx, path.id, Some(state.clock.now())).await?;
        Ok(HttpResponse::NoContent().finish())
    });
    work.await
}

/// Mark a notification as unread
///
/// For the whole municipality: somebody has yet to look at it.
#[utoipa::path(operation_id = "mark_notification_unread", tag = "notifications", params(NotificationPath),
    responses((status = 204, description = "It is unread")),
    security(("token" = ["projects:write"])))]
#[delete("/notifications/{id}/read")]
async fn unmark(
    caller: Caller<WriteProjects>,
    path: Path<NotificationPath>,
    _: Query<NoParameters>,
) -> Result<HttpResponse> {
    let work = caller.act(async |tx| {
        store::mark(tx, path.id, None).await?;
        Ok(HttpResponse::NoContent().finish())
    });
    work.await
}
