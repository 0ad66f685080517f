//! What is like a publication, or like a plan; and what a query that is being typed may become.

use serde_json::{Value, json};

use crate::support::{Answer, FREDRIKSTAD, HVALER, MOSS, SARPSBORG, TestApp, complete};

/// An idea that says only this.
fn about(title: &str, summary: &str, tags: &[&str]) -> Value {
    let mut content = complete(title);
    for member in ["solution", "results", "lessons", "transfer_notes", "put_to_use_on"] {
        content[member] = Value::Null;
    }
    content["summary"] = json!(summary);
    content["need"] = json!("-");
    content["tags"] = json!(tags);
    content["target_groups"] = json!([]);
    content["phase"] = json!("idea");
    content
}

fn sensors() -> Value {
    about("Fallsensorer på sykehjem", "Sensorer varsler nattevakten når en beboer faller.", &["fallsensor"])
}

/// The same in nynorsk.
fn twin() -> Value {
    let summary = "Sensorar varslar nattevakta når ein bebuar fell.";
    let mut content = about("Fallsensorar på sjukeheim", summary, &["fallsensor"]);
    content["language"] = json!("nn");
    content
}

fn bins() -> Value {
    about("Sensorer i søppelkasser", "Sensorer varsler når kassen er full.", &["renovasjon"])
}

fn homework() -> Value {
    about("Leksehjelp for ungdom", "Studenter leser sammen med elever.", &["skole"])
}

async fn wait_for(app: &TestApp, count: usize) {
    let reader = app.of(HVALER);
    app.eventually(async || (reader.found("limit=100").await.len() == count).then_some(())).await;
}

fn ids<'a>(answer: &'a Answer, list: &str) -> Vec<&'a str> {
    answer.body[list].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

fn holds(list: &Value, word: &str) -> bool {
    list.as_array().unwrap().contains(&json!(word))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_twin_in_the_other_language_is_more_similar_than_a_near_miss() {
    let app = TestApp::start().await;
    let (source, _) = app.of(FREDRIKSTAD).publish_new(sensors(), "public").await;
    let (twin, _) = app.of(SARPSBORG).publish_new(twin(), "public").await;
    let (bins, _) = app.of(HVALER).publish_new(bins(), "public").await;
    app.of(MOSS).publish_new(homework(), "public").await;
    wait_for(&app, 4).await;
    let similar = app.anonymous().get(&format!("/v1/publications/{source}/similar")).await.expect(200);
    assert_eq!(ids(&similar, "items"), [&twin, &bins], "neither itself nor what is about something else");
    let [first, second] = [&similar.body["items"][0], &similar.body["items"][1]];
    assert!(holds(&first["shared"], "fallsensorar"), "in its own spelling: {}", first["shared"]);
    assert!(holds(&second["shared"], "sensorer"), "{}", second["shared"]);
    assert_eq!((&first["score"], &first["relation"]), (&json!(1.0), &Value::Null));
    assert!(second["score"].as_f64().unwrap() < 0.8, "{}", second["score"]);
    let one = app.anonymous().get(&format!("/v1/publications/{source}/similar?limit=1")).await.expect(200);
    assert_eq!(ids(&one, "items"), [&twin]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_imitation_and_its_origin_are_marked_for_each_other() {
    let app = TestApp::start().await;
    let (origin, _) = app.of(FREDRIKSTAD).publish_new(sensors(), "public").await;
    let (imitation, etag) = app.of(SARPSBORG).imitate(&origin).await;
    let contact = json!({ "contact": { "unit": "Helse", "email": "helse@kommune.example" } });
    let path = format!("/v1/projects/{imitation}");
    let changed = app.of(SARPSBORG).patch(&path, &etag, contact).await.expect(200);
    app.of(SARPSBORG).publish(&imitation, &changed.etag(), "public").await.expect(201);
    wait_for(&app, 2).await;
    for (id, other, relation) in [(&origin, &imitation, "imitation"), (&imitation, &origin, "origin")] {
        let similar = app.anonymous().get(&format!("/v1/publications/{id}/similar")).await.expect(200);
        assert_eq!(ids(&similar, "items"), [other]);
        assert_eq!(similar.body["items"][0]["relation"], relation);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn similar_ones_are_asked_for_by_a_publication_that_is_there() {
    let app = TestApp::start().await;
    let (draft, _) = app.of(FREDRIKSTAD).create(sensors()).await;
    let (regional, _) = app.of(MOSS).publish_new(sensors(), "region").await;
    let (gone, etag) = app.of(FREDRIKSTAD).publish_new(twin(), "public").await;
    app.of(FREDRIKSTAD).delete(&format!("/v1/projects/{gone}/publication"), &etag).await.expect(204);
    for hidden in [&draft, &regional] {
        let path = format!("/v1/publications/{hidden}/similar");
        app.anonymous().get(&path).await.refused(404, "not-found");
    }
    app.of(HVALER).get(&format!("/v1/publications/{regional}/similar")).await.expect(200);
    app.anonymous().get(&format!("/v1/publications/{gone}/similar")).await.refused(410, "withdrawn");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_for_a_region_is_shown_to_nobody_else_nor_are_its_words() {
    let app = TestApp::start().await;
    let (public, _) = app.of(FREDRIKSTAD).publish_new(sensors(), "public").await;
    let mut hidden = sensors();
    hidden["tags"] = json!(["fallsensor", "paraplyutlån"]);
    let (hidden, _) = app.of(MOSS).publish_new(hidden, "region").await;
    wait_for(&app, 2).await;
    let (outsider, neighbour) = (app.anonymous(), app.of(HVALER));
    let similar = format!("/v1/publications/{public}/similar");
    assert_eq!(ids(&outsider.get(&similar).await.expect(200), "items"), [""; 0]);
    assert_eq!(ids(&neighbour.get(&similar).await.expect(200), "items"), [&hidden]);

    let plan = json!({ "title": "Paraplyutlån og fallsensorer", "tags": ["paraplyutlån"] });
    let seen = outsider.post("/v1/checks", plan.clone()).await.expect(200);
    assert_eq!(ids(&seen, "matches"), [&public]);
    assert!(!seen.body.to_string().contains("paraply"), "{:#}", seen.body);
    let seen = neighbour.post("/v1/checks", plan).await.expect(200);
    assert_eq!(ids(&seen, "matches"), [&hidden, &public]);

    let suggestions = "/v1/publications/suggestions?q=parap";
    let seen = outsider.get(suggestions).await.expect(200).body;
    assert_eq!(seen, json!({ "completions": [], "publications": [] }));
    let seen = neighbour.get(suggestions).await.expect(200);
    assert_eq!(seen.body["completions"], json!(["paraplyutlån"]));
    assert_eq!(ids(&seen, "publications"), [&hidden]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_tells_what_became_of_matches_and_how_to_imitate_them() {
    let app = TestApp::start().await;
    let lessons = "Alarmen gikk hver natt. ".repeat(30);
    let mut ended = sensors();
    ended["phase"] = json!("discontinued");
    ended["solution"] = json!("-");
    ended["transfer_notes"] = json!("-");
    ended["lessons"] = json!(lessons);
    let (ended, _) = app.of(FREDRIKSTAD).publish_new(ended, "public").await;
    let (own, _) = app.of(SARPSBORG).publish_new(twin(), "public").await;
    app.of(SARPSBORG).create(sensors()).await;
    wait_for(&app, 2).await;
    let plan = json!({ "title": "Fallsensorer på sykehjem" });
    let check = app.of(SARPSBORG).post("/v1/checks", plan).await.expect(200);
    let matches = check.body["matches"].as_array().unwrap();
    assert_eq!(matches.len(), 2, "no draft: {:#}", check.body);
    let of = |id: &str| matches.iter().find(|found| found["id"] == id).unwrap();
    let why = of(&ended)["why_discontinued"].as_str().unwrap();
    assert_eq!((why.chars().count(), lessons.starts_with(why)), (300, true));
    assert_eq!(of(&ended)["phase"], "discontinued");
    let adoption = json!({ "imitations": 0, "planned": 0, "piloting": 0, "in_use": 0, "evaluated": 0, "discontinued": 0 });
    assert_eq!(of(&ended)["adoption"], adoption);
    let href = format!("/v1/publications/{ended}/imitations");
    assert_eq!(of(&ended)["imitate"], json!({ "method": "POST", "href": href }));
    assert_eq!((&of(&own)["imitate"], &of(&own)["why_discontinued"]), (&Value::Null, &Value::Null));
    let body = json!({ "mode": "adapted", "intent": "will_do", "reason": "Vi gjør det om dagen" });
    app.of(SARPSBORG).post(&href, body).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verdict_says_how_much_of_a_plan_is_in_the_nearest() {
    let app = TestApp::start().await;
    app.of(FREDRIKSTAD).publish_new(sensors(), "public").await;
    wait_for(&app, 1).await;
    for (plan, verdict, matches) in [
        (json!({ "title": "Fallsensorer på sykehjem", "tags": ["fallsensor"] }), "nearly_the_same", 1),
        (json!({ "title": "Fallsensorane på sjukeheimen", "language": "nn" }), "nearly_the_same", 1),
        (json!({ "title": "Fallsensorer for syklister i trafikken" }), "something_near", 1),
        (json!({ "title": "Leksehjelp", "need": "Elever faller fra." }), "nothing_near", 0),
        (json!({ "title": "og til når", "tags": ["42"] }), "nothing_near", 0),
    ] {
        let check = app.anonymous().post("/v1/checks", plan.clone()).await.expect(200).body;
        assert_eq!((&check["verdict"], matches_of(&check)), (&json!(verdict), matches), "{plan}: {check:#}");
    }
}

fn matches_of(check: &Value) -> usize {
    check["matches"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn suggestions_finish_the_last_word_as_publications_spell_it() {
    let app = TestApp::start().await;
    let (first, _) = app.of(FREDRIKSTAD).publish_new(sensors(), "public").await;
    let (second, _) = app.of(HVALER).publish_new(bins(), "public").await;
    wait_for(&app, 2).await;
    for (query, completions) in [
        ("varsl", &["varsler"][..]),
        ("SEN", &["Sensorer"]),
        ("beboer%20fallsens", &["beboer fallsensor", "beboer Fallsensorer"]),
        ("s%C3%B8pp", &["søppelkasser"]),
        ("-sensorer%20fallsens", &[]),
        ("hval", &["Hvaler"]),
        ("varsler", &[]),
        ("s", &[]),
        ("xq", &[]),
        ("", &[]),
    ] {
        let found = app.anonymous().get(&format!("/v1/publications/suggestions?q={query}")).await.expect(200);
        assert_eq!(found.body["completions"], json!(completions), "{query}");
    }
    let found = app.anonymous().get("/v1/publications/suggestions?q=sen&limit=1").await.expect(200);
    assert_eq!(ids(&found, "publications"), [&second], "in its title first");
    assert_eq!(found.body["publications"][0]["title"], "Sensorer i søppelkasser");
    assert_eq!(found.body["publications"][0]["municipality"]["name"], "Hvaler");
    let found = app.anonymous().get("/v1/publications/suggestions?q=beboer%20sen").await.expect(200);
    assert_eq!(ids(&found, "publications"), [&first]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_refused_by_name() {
    let app = TestApp::start().await;
    let (id, _) = app.of(FREDRIKSTAD).publish_new(sensors(), "public").await;
    for (path, name) in [
        (format!("/v1/publications/{id}/similar?limit=21"), "limit"),
        (format!("/v1/publications/{id}/similar?cursor=x"), "cursor"),
        ("/v1/publications/suggestions?limit=0".to_owned(), "limit"),
        ("/v1/publications/suggestions?query=x".to_owned(), "query"),
        (format!("/v1/publications/suggestions?q={}", "a".repeat(201)), "q"),
    ] {
        let refused = app.anonymous().get(&path).await.refused(400, "invalid-parameter");
        assert_eq!(refused.pointers(), [name], "{path}");
    }
    for (plan, pointer) in [
        (json!({}), "#/title"),
        (json!({ "title": "ab" }), "#/title"),
        (json!({ "title": "abc", "phase": "idea" }), "#/phase"),
        (json!({ "title": "abc", "tags": ["x"] }), "#/tags/0"),
        (json!({ "title": "abc", "language": "sv" }), "#/language"),
    ] {
        let refused = app.anonymous().post("/v1/checks", plan.clone()).await.refused(422, "invalid-body");
        assert_eq!(refused.pointers(), [pointer], "{plan}");
    }
}
