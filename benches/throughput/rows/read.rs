//! Reading one publication, against a handler that has nothing to do but answer.

use anyhow::{Context, Result};

use super::bare_handler::{BareHandler, Kept};
use crate::{
    client::{Connection, request},
    corpus::Corpus,
    load::{cycle, measure},
    stage::Stage,
    table::{FLAT, Limit, Row},
};

/// Publications that are read, some far more often than others.
const READ: usize = 2_000;
/// Requests before they repeat.
const REQUESTS: usize = 50_000;

pub(crate) async fn row(stage: &Stage) -> Result<Row> {
    let public =
        (0..stage.corpus.size).map(|nth| stage.corpus.publication(nth)).filter(|it| it.audience == "public");
    let paths: Vec<String> = public.take(READ).map(|it| format!("/v1/publications/{}", it.id)).collect();
    let bare = BareHandler::serve(keep(stage, &paths).await?)?;
    let places = Corpus::popular(paths.len(), REQUESTS);
    let requests = places.into_iter().filter_map(|place| Some(request("GET", paths.get(place)?, "", "")));
    let requests = cycle(requests.collect());
    let measured = measure(stage.service.address, stage.duration, requests.clone()).await?;
    let limit = measure(bare.address, stage.duration, requests).await?;
    bare.stop().await;
    let limit = Limit { name: "bare actix-web", rate: limit.rate };
    Ok(Row { name: "read a publication", measured, limit, bar: 0.7, growth: FLAT })
}

/// What the service answers, byte for byte.
async fn keep(stage: &Stage, paths: &[String]) -> Result<Vec<(String, Kept)>> {
    let mut connection = Connection::open(stage.service.address).await?;
    let mut all = Vec::new();
    for path in paths {
        let answer = connection.send(&request("GET", path, "", "")).await?;
        answer.check().with_context(|| path.clone())?;
        all.push((path.clone(), Kept::of(&answer)?));
    }
    Ok(all)
}
