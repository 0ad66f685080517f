//! Saved searches and their feeds.

use glomma::platform::auth::permission::Role;
use serde_json::{Value, json};

use crate::support::{Answer, Client, FREDRIKSTAD, HVALER, SARPSBORG, TestApp, complete};

fn wanted(title: &str, criteria: &Value, public: bool) -> Value {
    json!({ "title": title, "criteria": criteria, "public": public })
}

async fn save(caller: &Client, title: &str, criteria: Value, public: bool) -> Answer {
    caller.post("/v1/searches", wanted(title, &criteria, public)).await.expect(201)
}

fn feed(saved: &Answer, form: &str) -> String {
    saved.body["feeds"][form].as_str().unwrap().to_owned()
}

fn titles(feed: &Answer) -> Vec<&str> {
    feed.body["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap()).collect()
}

async fn wait_for(caller: &Client, app: &TestApp, feed: &str, expected: &[&str]) {
    app.eventually(async || (titles(&caller.get(feed).await.expect(200)) == expected).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_search_is_changed_and_deleted_by_its_municipality_alone() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    let saved = save(&caller, "Båt", json!({ "q": "båt", "area": ["helse-i-alt"] }), false).await;
    let path = format!("/v1/searches/{}", saved.id());
    assert_eq!(saved.header("location"), path);
    let listed = caller.get("/v1/searches").await.expect(200).body;
    assert_eq!(listed["items"], json!([saved.body]));
    for other in [app.of(HVALER), app.anonymous()] {
        other.get(&path).await.refused(404, "not-found");
        other.get(&feed(&saved, "json")).await.refused(404, "not-found");
        other.get(&feed(&saved, "atom")).await.refused(404, "not-found");
    }
    assert_eq!(app.of(HVALER).get("/v1/searches").await.expect(200).body["items"], json!([]));
    let opened = caller.patch(&path, &saved.etag(), json!({ "public": true })).await.expect(200);
    assert_eq!(opened.body["criteria"], saved.body["criteria"], "what is not named stays");
    caller.patch(&path, &saved.etag(), json!({ "title": "Sjø" })).await.refused(412, "stale-revision");
    assert_eq!(app.anonymous().get(&path).await.expect(200).body, opened.body);
    let stranger = app.of(HVALER);
    stranger.patch(&path, &opened.etag(), json!({ "title": "Min" })).await.refused(404, "not-found");
    stranger.delete(&path, &opened.etag()).await.refused(404, "not-found");
    caller.delete(&path, &opened.etag()).await.expect(204);
    caller.get(&path).await.refused(404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_search_is_refused_by_the_member_that_is_wrong() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    for (criteria, pointer) in [
        (json!({ "area": ["ukjent"] }), "#/criteria/area"),
        (json!({ "sdg": [18] }), "#/criteria/sdg"),
        (json!({ "municipality": ["123456789"] }), "#/criteria/municipality/0"),
        (json!({ "tag": ["x".repeat(101)] }), "#/criteria/tag"),
        (json!({ "tag": (0..51).map(|number| format!("x{number}")).collect::<Vec<_>>() }), "#/criteria/tag"),
        (json!({ "q": "x".repeat(201) }), "#/criteria/q"),
        (json!({ "words": "båt" }), "#/criteria/words"),
    ] {
        let refused = caller.post("/v1/searches", wanted("Båt", &criteria, false)).await;
        assert_eq!(refused.refused(422, "invalid-body").pointers(), [pointer]);
    }
    let reader = app.with(FREDRIKSTAD, Role::Reader);
    reader.post("/v1/searches", wanted("Båt", &json!({}), false)).await.refused(403, "insufficient-scope");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_municipality_keeps_two_hundred_at_most() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    for number in 0..200 {
        save(&caller, &format!("Nummer {number}"), json!({}), false).await;
    }
    caller.post("/v1/searches", wanted("En til", &json!({}), false)).await.refused(409, "too-many");
    save(&app.of(HVALER), "Den første", json!({}), false).await;
    let (mut next, mut seen) = (Some("/v1/searches?limit=100".to_owned()), Vec::new());
    while let Some(path) = next {
        let page = caller.get(&path).await.expect(200).body;
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["title"].clone()));
        next = page["page"]["next"].as_str().map(ToOwned::to_owned);
    }
    let newest_first: Vec<_> = (0..200).rev().map(|number| json!(format!("Nummer {number}"))).collect();
    assert_eq!(seen, newest_first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_shows_each_reader_what_it_may_see_the_newest_first() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    let saved = save(&caller, "Kajakk & <kano>", json!({ "q": "kajakk", "phase": ["in_use"] }), true).await;
    let path = feed(&saved, "json");
    let (first, etag) = caller.publish_new(complete("Kajakk til låns"), "public").await;
    let (regional, regional_etag) =
        app.of(SARPSBORG).publish_new(complete("Kajakkar for alle"), "region").await;
    caller.publish_new(complete("Sykkel til låns"), "public").await;
    let mut other = complete("Kajakk på prøve");
    other["phase"] = json!("piloted");
    caller.publish_new(other, "public").await;
    wait_for(&caller, &app, &path, &["Kajakkar for alle", "Kajakk til låns"]).await;
    wait_for(&app.anonymous(), &app, &path, &["Kajakk til låns"]).await;
    let shown = app.anonymous().get(&path).await.expect(200);
    assert_eq!(shown.header("content-type"), "application/feed+json");
    assert_eq!(shown.body["feed_url"], format!("https://api.example{path}"));
    let item = &shown.body["items"][0];
    assert_eq!(item["id"], format!("urn:uuid:{first}"));
    assert_eq!(item["url"], format!("https://api.example/v1/publications/{first}"));
    assert!(!shown.body.to_string().contains("innovasjon@"), "no contact in a feed");
    let again = app.anonymous().request(reqwest::Method::GET, &path).header("if-none-match", shown.etag());
    app.anonymous().send(again).await.expect(304);

    // A new version, and being shown to more, are news.
    let changed = caller.patch(&format!("/v1/projects/{first}"), &etag, json!({ "summary": "Ny." })).await;
    caller.publish(&first, &changed.expect(200).etag(), "public").await.expect(200);
    wait_for(&caller, &app, &path, &["Kajakk til låns", "Kajakkar for alle"]).await;
    app.of(SARPSBORG).publish(&regional, &regional_etag, "public").await.expect(200);
    wait_for(&app.anonymous(), &app, &path, &["Kajakkar for alle", "Kajakk til låns"]).await;

    let page = app.anonymous().get(&format!("{path}?limit=1")).await.expect(200);
    let again = app.anonymous().get(&format!("{path}?limit=1")).await.expect(200);
    assert_eq!(again.etag(), page.etag(), "also with a link to the next page");
    let next = page.body["next_url"].as_str().unwrap().strip_prefix("https://api.example").unwrap();
    assert_eq!(titles(&app.anonymous().get(next).await.expect(200)), ["Kajakk til låns"]);
    caller.get(next).await.refused(400, "cursor-mismatch");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_feed_is_well_formed_atom() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    let saved = save(&caller, "Kajakk & <kano>", json!({ "q": "kajakk" }), true).await;
    let (id, _) = caller.publish_new(complete("Kajakk <b>&</b> \"vest\""), "public").await;
    wait_for(&caller, &app, &feed(&saved, "json"), &["Kajakk <b>&</b> \"vest\""]).await;
    let path = feed(&saved, "atom");
    let answer = app.anonymous().get(&path).await.expect(200);
    assert_eq!(answer.header("content-type"), "application/atom+xml");
    let text =
        app.anonymous().request(reqwest::Method::GET, &path).send().await.unwrap().text().await.unwrap();
    let read: atom_syndication::Feed = text.parse().expect(&text);
    assert_eq!(read.title.value, "Kajakk & <kano>");
    assert_eq!(read.id, format!("urn:uuid:{}", saved.id()));
    assert_eq!(read.links[0].href, format!("https://api.example{path}"));
    let entry = &read.entries[0];
    assert_eq!(entry.title.value, "Kajakk <b>&</b> \"vest\"");
    assert_eq!(entry.authors[0].name, "Fredrikstad");
    assert_eq!(entry.id, format!("urn:uuid:{id}"));
    assert_eq!(read.updated, entry.updated);
}
