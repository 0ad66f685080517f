use actix_web::{
    HttpResponse, get,
    web::{Data, Path},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    engine::Engine,
    few::Few,
    hit::{Hit, hit},
    matcher::Matcher,
    similar::{Near, Subject, overlap, rounded},
    store,
    viewer::Viewer,
};
use crate::{
    platform::{
        auth::Reader, closed::closed, directory::Directory, error::Result, extract::Query, id::ProjectId,
        problem::Problem, state::State,
    },
    projects::ProjectPath,
    publications,
};

pub(super) fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(similar);
}

/// How many similar ones.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct SimilarQuery {
    /// How many at most.
    #[serde(default)]
    #[param(inline)]
    limit: Few<20, 10>,
}

/// Publications that are about the same, best first.
#[derive(Serialize, ToSchema)]
struct SimilarPublications {
    items: Vec<SimilarPublication>,
}

/// A publication that is about the same as another.
#[derive(Serialize, ToSchema)]
struct SimilarPublication {
    #[serde(flatten)]
    hit: Hit,
    /// The words of this one that both have in some form, in lower case, the most telling first: at most ten.
    shared: Vec<String>,
    /// How similar it is against the first, which has 1: 0 to 1, with two decimals.
    score: f32,
    /// Whether one was directly made from the other; null when not.
    relation: Option<Relation>,
}

closed! {
    /// What a publication is to the one that was asked for.
    pub enum Relation {
        /// That one imitates this.
        Origin = "origin",
        /// This imitates that one.
        Imitation = "imitation",
    }
}

/// List similar publications
///
/// Those that are about the same as this one, of those that you may see, best first: they have the words in common
/// that tell most about it, because it says them often, above all in title and tags, and few others do. Forms of a
/// word, bokmål and nynorsk, and compounds with their parts count as the same. At least two of the 25 most telling words
/// are shared, `shared` names them, and `highlights` and `matched` show where they stand. Its own origins and
/// imitations are among them, marked by `relation`. There may be fewer than `limit`, or none.
#[utoipa::path(operation_id = "list_similar_publications", tag = "search", params(ProjectPath, SimilarQuery),
    responses((status = 200, body = SimilarPublications),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "It was withdrawn")),
    security((), ("token" = ["publications:read"])))]
#[get("/publications/{id}/similar")]
async fn similar(
    reader: Reader,
    state: Data<State>,
    engine: Data<Engine>,
    path: Path<ProjectPath>,
    Query(query): Query<SimilarQuery>,
) -> Result<HttpResponse> {
    let (directory, viewer) = (state.directory(), Viewer::new(&reader, &state));
    let read = reader.read(async |tx| {
        let (_, latest) = publications::store::find_latest(tx, path.id).await?;
        // One more, because nothing is as similar as itself.
        let mut near = engine.near(&viewer, &Subject::from(&latest.content), query.limit.get() + 1)?;
        near.hits.retain(|best| best.stored.card.id != path.id);
        near.hits.truncate(query.limit.get());
        let found: Vec<ProjectId> = near.hits.iter().map(|best| best.stored.card.id).collect();
        Ok((near, store::kin(tx, path.id, &found).await?))
    });
    let (near, kin) = read.await?;
    Ok(HttpResponse::Ok().json(SimilarPublications { items: items(&directory, near, path.id, &kin) }))
}

/// The answer; `kin` are pairs of a publication and one that it imitates.
fn items(
    directory: &Directory,
    near: Near,
    of: ProjectId,
    kin: &[(ProjectId, ProjectId)],
) -> Vec<SimilarPublication> {
    let Near { terms, clauses, hits } = near;
    let matcher = Matcher::new(&clauses);
    let most = hits.first().map_or(1.0, |best| best.score).max(f32::MIN_POSITIVE);
    let show = hits.into_iter().map(|best| {
        let id = best.stored.card.id;
        SimilarPublication {
            shared: overlap(&terms, &best.stored).shared,
            score: rounded(best.score / most),
            relation: relation(of, id, kin),
            hit: hit(directory, &clauses, &matcher, best.stored, best.uptake),
        }
    });
    show.collect()
}

fn relation(of: ProjectId, found: ProjectId, kin: &[(ProjectId, ProjectId)]) -> Option<Relation> {
    if kin.contains(&(of, found)) {
        return Some(Relation::Origin);
    }
    kin.contains(&(found, of)).then_some(Relation::Imitation)
}
