use actix_web::{
    HttpRequest, get,
    web::{Data, Path},
};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    api::SearchPath,
    feed::{Feed, JsonFeed},
    store,
};
use crate::{
    municipalities::MunicipalityRef,
    platform::{
        auth::Reader,
        error::Result,
        extract::Query,
        id::SearchId,
        page::{PageLinks, PageQuery},
        public_url::PublicUrl,
        respond::Rendered,
        state::State,
    },
    search::Engine,
};

pub(super) fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(json).service(atom);
}

/// Follow a saved search as JSON Feed
///
/// Its hits, the last published first: a publication comes first again with every version, and when it is shown to
/// more. Without a token, for a public search: what is public; with one, also what is published for your region. Ask
/// again with `If-None-Match`: 304 while nothing is new. Links are absolute when the operator has named the service's
/// address, and paths when not.
#[utoipa::path(operation_id = "follow_search_as_json", tag = "searches", params(SearchPath, PageQuery),
    responses((status = 200, body = JsonFeed, content_type = "application/feed+json", headers(("ETag" = String)))),
    security((), ("token" = ["publications:read"])))]
#[get("/searches/{id}/feed.json")]
async fn json(
    reader: Reader,
    (state, engine, public_url): (Data<State>, Data<Engine>, Data<PublicUrl>),
    request: HttpRequest,
    path: Path<SearchPath>,
    Query(page): Query<PageQuery>,
) -> Result<Rendered> {
    let feed = read(&reader, (&state, &engine, &public_url), &request, (path.id, page)).await?;
    let body = serde_json::to_vec(&feed.to_json()).map_err(anyhow::Error::from)?;
    Ok(Rendered { media_type: "application/feed+json", etag: feed.etag()?, body: body.into() })
}

/// Follow a saved search as Atom
///
/// As `GET /v1/searches/{id}/feed.json`, in the form of RFC 4287.
#[utoipa::path(operation_id = "follow_search_as_atom", tag = "searches", params(SearchPath, PageQuery),
    responses((status = 200, body = String, content_type = "application/atom+xml", headers(("ETag" = String)))),
    security((), ("token" = ["publications:read"])))]
#[get("/searches/{id}/feed.atom")]
async fn atom(
    reader: Reader,
    (state, engine, public_url): (Data<State>, Data<Engine>, Data<PublicUrl>),
    request: HttpRequest,
    path: Path<SearchPath>,
    Query(page): Query<PageQuery>,
) -> Result<Rendered> {
    let feed = read(&reader, (&state, &engine, &public_url), &request, (path.id, page)).await?;
    Ok(Rendered { media_type: "application/atom+xml", etag: feed.etag()?, body: feed.to_atom().into() })
}

async fn read<'f>(
    reader: &Reader,
    (state, engine, public_url): (&State, &Engine, &'f PublicUrl),
    request: &HttpRequest,
    (id, page): (SearchId, PageQuery),
) -> Result<Feed<'f>> {
    let of = reader.read(async |tx| store::find(tx, id).await).await?;
    // With the revision: another search's hits do not follow each other.
    let scope = format!("feed {id} {} {:?}", of.revision, reader.municipality());
    let after = page.cursor.as_deref().map(|cursor| state.cursors.open(&scope, cursor)).transpose()?;
    let (hits, next) = engine.newest(&of.content.criteria, (reader, state), page.limit, after)?;
    let next = next.map(|next| state.cursors.seal(&scope, &next)).transpose()?;
    let next = PageLinks::new(request, page.limit, next.as_deref()).next;
    let owner = MunicipalityRef::of(&state.directory(), of.municipality_id);
    Ok(Feed { of, owner, hits, next, public_url })
}
