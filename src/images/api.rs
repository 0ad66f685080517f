use actix_web::{HttpResponse, get, post, web::Path};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    media_type::MediaType,
    model::{Image, Picture},
    store,
};
use crate::platform::{
    auth::{Caller, Reader, permission::WriteProjects},
    error::Result,
    extract::{Bytes, NoParameters, Query},
    id::ImageId,
    problem::Problem,
    respond::{Created, Rendered},
};

pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(upload).service(show);
}

/// The picture's id, in a path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct ImagePath {
    /// A picture's id.
    id: ImageId,
}

/// Send a picture
///
/// In PNG, JPEG or GIF, of at most 1 500 000 bytes; the body is the picture itself. Name its `id` as `image.id` of a project to show it.
/// The same picture has the same id, however often it is sent. A municipality has 2 000 at most.
#[utoipa::path(operation_id = "upload_image", tag = "projects",
    request_body(content((Picture = "image/png"), (Picture = "image/jpeg"), (Picture = "image/gif"))),
    responses((status = 201, body = Image, headers(("Location" = String), ("ETag" = String))),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "There are too many")),
    security(("token" = ["projects:write"])))]
#[post("/images")]
async fn upload(
    caller: Caller<WriteProjects>,
    _: Query<NoParameters>,
    Bytes(bytes): Bytes,
) -> Result<HttpResponse> {
    let media_type = MediaType::of(&bytes)?;
    caller.act(async |tx| store::insert(tx, media_type, &bytes).await.map(Created)).await
}

/// Show a picture
///
/// The bytes that were sent. It is shown to whoever sees a version with it, and to its owner.
#[utoipa::path(operation_id = "show_image", tag = "projects", params(ImagePath),
    responses((status = 200, content((Picture = "image/png"), (Picture = "image/jpeg"), (Picture = "image/gif")), headers(("ETag" = String)))),
    security((), ("token" = ["publications:read"])))]
#[get("/images/{id}")]
async fn show(reader: Reader, path: Path<ImagePath>, _: Query<NoParameters>) -> Result<Rendered> {
    let (media_type, body) = reader.read(async |tx| store::find(tx, path.id).await).await?;
    Ok(Rendered { media_type: media_type.code(), body: body.into(), etag: format!("\"{}\"", path.id) })
}
