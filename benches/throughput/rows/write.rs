//! A municipality's own projects: listing, creating, imitating and publishing them, against the same SQL.

use std::{sync::Arc, thread::available_parallelism};

use anyhow::{Context, Result};

use crate::{
    client::request,
    corpus::{Corpus, id},
    load::{CONNECTIONS, Measured, WARM_UP, cycle, measure},
    record::{DRAFT, Record},
    service::Memory,
    stage::Stage,
    table::{FLAT, Fact, Limit, Row},
};

/// Different bodies, or publications that are imitated, before they repeat.
const VARIETY: usize = 500;
/// How often what an audit entry costs is measured.
const TURNS: u32 = 3;
/// Drafts for each second and core: more than can be published.
const DRAFTS: usize = 1_500;

pub(crate) async fn list(stage: &Stage) -> Result<Row> {
    let requests = cycle(vec![request("GET", "/v1/projects?limit=20", &stage.authorization, "")]);
    let measured = measure(stage.service.address, stage.duration, requests).await?;
    let limit = stage.pgbench.run("list.sql", &[home(&stage.corpus), ("fetch", "21".to_owned())]).await?;
    Ok(Row { name: "list own projects", measured, limit, bar: 0.7, growth: FLAT })
}

pub(crate) async fn create(stage: &Stage) -> Result<Row> {
    let contents = stage.corpus.contents(VARIETY);
    let body = contents.first().cloned().context("no contents")?;
    let requests = contents.iter().map(|body| request("POST", "/v1/projects", &stage.authorization, body));
    let measured = measure(stage.service.address, stage.duration, cycle(requests.collect())).await?;
    let variables = [home(&stage.corpus), ("n", "0".to_owned()), ("content", body), entry()];
    let limit = stage.pgbench.run("create.sql", &variables).await?;
    Ok(Row { name: "create a project", measured, limit, bar: 0.7, growth: FLAT })
}

/// What the audit entry costs of a create: the record's SQL with it and without, in turns, each begun with nothing left to
/// seal; while the service seals what comes, on the same cores. The difference is held against what a create takes over HTTP.
pub(crate) async fn audit(stage: &Stage, record: &Record, create: &Row) -> Result<[Fact; 2]> {
    let body = stage.corpus.contents(1).first().cloned().context("no contents")?;
    let (mut with, mut without, mut left) = (0.0, 0.0, 0);
    for turn in 1..=TURNS {
        let variables =
            [home(&stage.corpus), ("n", (turn * 100_000).to_string()), ("content", body.clone()), entry()];
        record.wait_until_sealed().await?;
        without += 1e6 / stage.pgbench.run("unaudited.sql", &variables).await?.rate;
        with += 1e6 / stage.pgbench.run("create.sql", &variables).await?.rate;
        left = record.unsealed().await?;
    }
    let cost = (with - without) / f64::from(TURNS) * create.measured.rate / 1e4;
    Ok([
        Fact::at_most("an audit entry, of a create", cost, "%", 10.0),
        Fact::new("  entries left to seal then", f64::from(left), ""),
    ])
}

/// Held against creating: it may take twice as long.
pub(crate) async fn imitate(stage: &Stage, create: &Row) -> Result<Row> {
    const BODY: &str = r#"{"mode":"adapted","intent":"will_do","reason":"Vi har samme behov."}"#;
    let others =
        (0..stage.corpus.size).filter(|&nth| stage.corpus.publication(nth).owner != stage.corpus.home);
    let requests = others.take(VARIETY).map(|nth| {
        let path = format!("/v1/publications/{}/imitations", id(nth));
        request("POST", &path, &stage.authorization, BODY)
    });
    let measured = measure(stage.service.address, stage.duration, cycle(requests.collect())).await?;
    let limit = Limit { name: "a create, above", rate: create.measured.rate };
    Ok(Row { name: "imitate", measured, limit, bar: 0.5, growth: FLAT })
}

/// Publishes drafts that were made just before. The last row, because it takes the stage down: a service that runs
/// would also index what pgbench publishes.
pub(crate) async fn publish(stage: Stage, record: &Record) -> Result<(Row, Option<Memory>)> {
    let seconds = usize::try_from((stage.duration + WARM_UP).as_secs())?;
    let drafts = seconds * DRAFTS * available_parallelism()?.get();
    record.add_drafts(&stage.corpus, 3 * drafts).await?;
    let measured = publish_over_http(&stage, 2 * drafts).await?;
    let Stage { service, corpus, pgbench, .. } = stage;
    let memory = service.stop().await?;
    let variables = [
        home(&corpus),
        ("prefix", DRAFT.to_owned()),
        ("first", (2 * drafts).to_string()),
        ("share", (drafts / CONNECTIONS).to_string()),
        ("n", "0".to_owned()),
        ("one", "1".to_owned()),
        entry(),
    ];
    let limit = pgbench.run("publish.sql", &variables).await?;
    Ok((Row { name: "publish", measured, limit, bar: 0.7, growth: FLAT }, memory))
}

async fn publish_over_http(stage: &Stage, drafts: usize) -> Result<Measured> {
    let headers = format!("{}if-match: \"p-1\"\r\n", stage.authorization);
    let requests = Arc::new(move |nth: usize| {
        let path = format!("/v1/projects/{DRAFT}{nth:012}/publication");
        (nth < drafts).then(|| request("PUT", &path, &headers, r#"{"audience":"public"}"#))
    });
    measure(stage.service.address, stage.duration, requests).await
}

/// An entry of the audit trail, in hexadecimal digits.
fn entry() -> (&'static str, String) {
    const ENTRY: &str = r#"{"chain":"940039541","occurred_at":"2026-11-27T12:00:00.123456Z","outcome":"done","times":1,"request_id":"01a00000-0000-7000-8000-000000000000","method":"POST","route":"/v1/projects","path":"/v1/projects","status":201,"role":"coordinator","issuer":"urn:glomma:development","subject":"developer","after":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}"#;
    let digits = ENTRY.bytes().flat_map(|byte| [byte >> 4, byte & 15]);
    ("entry", digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect())
}

fn home(corpus: &Corpus) -> (&'static str, String) {
    ("municipality", corpus.home.to_string())
}
