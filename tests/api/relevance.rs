//! How well search answers, on a judged set: `tests/relevance/`. `make relevance` prints the table; another set of the
//! same form can be judged with `GLOMMA_RELEVANCE=<folder>`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use serde_json::Value;

use crate::support::{TestApp, complete};

const SET: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/relevance");
/// Hits that are judged.
const DEPTH: usize = 10;

#[derive(Deserialize)]
struct Judged {
    key: String,
    municipality: String,
    content: Value,
}

#[derive(Deserialize)]
struct Query {
    class: String,
    q: String,
    /// How useful a publication is, by its key: 3 is what was asked for.
    relevant: BTreeMap<String, u8>,
}

fn read<T: serde::de::DeserializeOwned>(folder: &Path, name: &str) -> Vec<T> {
    serde_json::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap()
}

/// What publishing needs, saying nothing.
fn blank() -> Value {
    let mut content = complete("-");
    for member in ["results", "lessons", "transfer_notes"] {
        content[member] = Value::from("-");
    }
    content
}

/// Publishes the set; returns the keys by id.
async fn publish(app: &TestApp, publications: &[Judged]) -> BTreeMap<String, String> {
    let municipalities = app.anonymous().get("/v1/municipalities").await.expect(200).body;
    let mut keys = BTreeMap::new();
    for publication in publications {
        let owner = municipalities["items"].as_array().unwrap().iter();
        let owner = owner.clone().find(|owner| owner["name"] == publication.municipality.as_str()).unwrap();
        let mut content = blank();
        let judged = publication.content.as_object().unwrap();
        judged
            .iter()
            .filter(|(_, value)| !value.is_null())
            .for_each(|(name, value)| content[name] = value.clone());
        let number = owner["organisation_number"].as_str().unwrap();
        let (id, _) = app.of(number).publish_new(content, "public").await;
        keys.insert(id, publication.key.clone());
    }
    app.eventually(async || {
        let found = app.anonymous().get("/v1/publications?limit=1").await.expect(200).body;
        (found["total"] == keys.len()).then_some(())
    })
    .await;
    keys
}

/// Discounted cumulative gain: what is useful counts more the earlier it comes.
fn gain(grades: impl Iterator<Item = u8>) -> f64 {
    let at = |(rank, grade): (u8, u8)| f64::from((1_u32 << grade) - 1) / f64::from(rank).log2();
    (2..).zip(grades.take(DEPTH)).map(at).sum()
}

/// How near the order of hits comes to the best possible one, from 0 to 1.
fn ndcg(hits: &[String], relevant: &BTreeMap<String, u8>) -> f64 {
    let mut best: Vec<u8> = relevant.values().copied().collect();
    best.sort_unstable_by(|a, b| b.cmp(a));
    let found = hits.iter().map(|key| relevant.get(key).copied().unwrap_or(0));
    gain(found) / gain(best.into_iter())
}

fn mean(scores: &[f64]) -> f64 {
    scores.iter().sum::<f64>() / f64::from(u32::try_from(scores.len()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stdout, reason = "make relevance prints it")]
async fn search_answers_every_class_of_queries_well() {
    let own = std::env::var_os("GLOMMA_RELEVANCE").map(PathBuf::from);
    let folder = own.unwrap_or_else(|| SET.into());
    let app = TestApp::start().await;
    let keys = publish(&app, &read::<Judged>(&folder, "publications.json")).await;
    let mut classes: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for query in read::<Query>(&folder, "queries.json") {
        let path = serde_html_form::to_string([("q", query.q.as_str()), ("limit", "10")]).unwrap();
        let hits: Vec<String> =
            app.anonymous().found(&path).await.iter().map(|id| keys[id].clone()).collect();
        let ndcg = ndcg(&hits, &query.relevant);
        if ndcg < 0.8 {
            println!(
                "{ndcg:.2} {}: {}\n     wanted {:?}\n     found  {hits:?}",
                query.class, query.q, query.relevant
            );
        }
        classes.entry(query.class).or_default().push(ndcg);
    }
    println!("\n{:<16} queries  nDCG@{DEPTH}", "class");
    for (class, scores) in &classes {
        println!("{class:<16} {:>7}  {:.3}", scores.len(), mean(scores));
    }
    let all: Vec<f64> = classes.values().flatten().copied().collect();
    println!("{:<16} {:>7}  {:.3}", "all", all.len(), mean(&all));
    for (class, scores) in &classes {
        assert!(mean(scores) >= 0.80, "{class}");
    }
    assert!(mean(&all) >= 0.90);
}
