//! Imitation, its origins, and the lineage both ways.

use serde_json::{Value, json};

use crate::support::{Answer, FREDRIKSTAD, HVALER, MOSS, SARPSBORG, TestApp, complete, idea};

fn body() -> Value {
    json!({ "mode": "adapted", "intent": "will_do", "reason": "Vi har samme behov" })
}

fn ids(answer: &Answer, list: &str) -> Vec<String> {
    answer.body[list].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_imitation_copies_the_content_and_keeps_the_origin() {
    let app = TestApp::start().await;
    let (parent, etag) = app.of(FREDRIKSTAD).publish_new(complete("Fallsensorer"), "public").await;
    let changed = app
        .of(FREDRIKSTAD)
        .patch(&format!("/v1/projects/{parent}"), &etag, json!({ "need": "Nytt behov" }))
        .await;
    app.of(FREDRIKSTAD).publish(&parent, &changed.etag(), "public").await.expect(200);
    let path = format!("/v1/publications/{parent}/imitations");
    let made = app.of(SARPSBORG).post(&path, body()).await.expect(201).body;
    for member in [
        "title",
        "summary",
        "solution",
        "transfer_notes",
        "strategic_areas",
        "kinds",
        "degree",
        "sdgs",
        "links",
    ] {
        assert_eq!(made[member], complete("Fallsensorer")[member], "{member}");
    }
    assert_eq!(made["need"], "Nytt behov");
    for member in ["contact", "results", "lessons", "put_to_use_on", "organisational_unit", "location"] {
        assert_eq!(made[member], Value::Null, "{member}");
    }
    assert_eq!(made["phase"], "idea");
    assert_eq!(made["municipality"]["name"], "Sarpsborg");
    assert_eq!(made["publication"]["state"], "draft");
    let origin = &made["origins"][0];
    assert_eq!((&origin["publication_id"], &origin["version"]), (&json!(parent), &json!(2)));
    assert_eq!(origin["municipality"]["name"], "Fredrikstad");
    assert_eq!(origin["reason"], "Vi har samme behov");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_already_starts_in_use_and_an_older_version_can_be_named() {
    let app = TestApp::start().await;
    let (parent, etag) = app.of(FREDRIKSTAD).publish_new(complete("Første"), "public").await;
    let changed = app
        .of(FREDRIKSTAD)
        .patch(&format!("/v1/projects/{parent}"), &etag, json!({ "title": "Andre" }))
        .await;
    app.of(FREDRIKSTAD).publish(&parent, &changed.etag(), "public").await.expect(200);
    let path = format!("/v1/publications/{parent}/imitations");
    let mut body = body();
    body["intent"] = json!("have_done");
    body["version"] = json!(1);
    let made = app.of(HVALER).post(&path, body.clone()).await.expect(201).body;
    assert_eq!((&made["phase"], &made["title"]), (&json!("in_use"), &json!("Første")));
    assert_eq!(made["origins"][0]["version"], 1);
    body["version"] = json!(3);
    let refused = app.of(HVALER).post(&path, body).await.refused(422, "invalid-body");
    assert_eq!(refused.pointers(), ["#/version"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_parents_are_kept_in_order() {
    let app = TestApp::start().await;
    let (first, _) = app.of(FREDRIKSTAD).publish_new(complete("Første"), "public").await;
    let (second, _) = app.of(MOSS).publish_new(complete("Andre"), "region").await;
    let (hidden, _) = app.of(MOSS).create(idea("Skjult utkast")).await;
    let path = format!("/v1/publications/{first}/imitations");
    let mut body = body();
    body["also_from"] = json!([second, hidden]);
    let refused = app.of(HVALER).post(&path, body.clone()).await.refused(422, "invalid-body");
    assert_eq!(refused.pointers(), ["#/also_from/1"]);
    assert_eq!(app.of(HVALER).get("/v1/projects").await.body["items"], json!([]), "nothing is half done");
    body["also_from"] = json!([second, first]);
    let made = app.of(HVALER).post(&path, body).await.expect(201).body;
    let origins: Vec<_> =
        made["origins"].as_array().unwrap().iter().map(|origin| &origin["publication_id"]).collect();
    assert_eq!(origins, [&json!(first), &json!(second)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_imitated_says_why() {
    let app = TestApp::start().await;
    let (own, etag) = app.of(FREDRIKSTAD).publish_new(complete("Egen"), "public").await;
    let (draft, _) = app.of(FREDRIKSTAD).create(idea("Utkast")).await;
    let path = |id: &str| format!("/v1/publications/{id}/imitations");
    app.of(FREDRIKSTAD).post(&path(&own), body()).await.refused(409, "own-publication");
    app.of(HVALER).post(&path(&draft), body()).await.refused(404, "not-found");
    app.of(FREDRIKSTAD).delete(&format!("/v1/projects/{own}/publication"), &etag).await.expect(204);
    app.of(HVALER).post(&path(&own), body()).await.refused(410, "withdrawn");
}

#[tokio::test(flavor = "multi_thread")]
async fn imitations_are_listed_and_counted_for_those_who_may_see_them() {
    let app = TestApp::start().await;
    let (parent, _) = app.of(FREDRIKSTAD).publish_new(complete("Fallsensorer"), "public").await;
    let (shown, etag) = app.of(SARPSBORG).imitate(&parent).await;
    publish_imitation(&app, SARPSBORG, &shown, &etag, "public").await;
    let (regional, etag) = app.of(MOSS).imitate(&parent).await;
    publish_imitation(&app, MOSS, &regional, &etag, "region").await;
    let (draft, _) = app.of(HVALER).imitate(&parent).await;
    let path = format!("/v1/publications/{parent}/imitations");
    for (reader, expected, published) in [
        (app.anonymous(), vec![&shown], 1),
        (app.of(FREDRIKSTAD), vec![&regional, &shown], 2),
        (app.of(HVALER), vec![&draft, &regional, &shown], 2),
    ] {
        let list = reader.get(&path).await.expect(200);
        assert_eq!(ids(&list, "items").iter().collect::<Vec<_>>(), expected);
        assert_eq!(list.body["total"], published, "a draft is listed to its owner, and not counted");
    }
    let page = app.of(HVALER).get(&format!("{path}?limit=2")).await.expect(200);
    let rest = app.of(HVALER).get(page.body["page"]["next"].as_str().unwrap()).await.expect(200);
    assert_eq!(ids(&rest, "items"), [shown]);
}

async fn publish_imitation(app: &TestApp, municipality: &str, id: &str, etag: &str, audience: &str) {
    let caller = app.of(municipality);
    let patch = json!({ "contact": complete("")["contact"] });
    let ready = caller.patch(&format!("/v1/projects/{id}"), etag, patch).await.expect(200);
    caller.publish(id, &ready.etag(), audience).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lineage_goes_both_ways_and_a_withdrawn_parent_stays_as_a_tombstone() {
    let app = TestApp::start().await;
    let (root, etag) = app.of(FREDRIKSTAD).publish_new(complete("Fallsensorer"), "public").await;
    let (middle, etag_middle) = app.of(SARPSBORG).imitate(&root).await;
    publish_imitation(&app, SARPSBORG, &middle, &etag_middle, "public").await;
    let (leaf, etag_leaf) = app.of(HVALER).imitate(&middle).await;
    publish_imitation(&app, HVALER, &leaf, &etag_leaf, "public").await;
    app.of(FREDRIKSTAD).delete(&format!("/v1/projects/{root}/publication"), &etag).await.expect(204);
    for start in [&root, &middle, &leaf] {
        let lineage =
            app.anonymous().get(&format!("/v1/publications/{start}/lineage")).await.expect(200).body;
        assert_eq!(lineage["nodes"].as_array().unwrap().len(), 3, "from {start}");
        let edges: Vec<_> =
            lineage["edges"].as_array().unwrap().iter().map(|edge| (&edge["from"], &edge["to"])).collect();
        assert_eq!(edges, [(&json!(root), &json!(middle)), (&json!(middle), &json!(leaf))]);
        let tombstone =
            lineage["nodes"].as_array().unwrap().iter().find(|node| node["id"] == json!(root)).unwrap();
        assert_eq!((&tombstone["state"], &tombstone["title"]), (&json!("withdrawn"), &Value::Null));
    }
    let near =
        app.anonymous().get(&format!("/v1/publications/{root}/lineage?depth=1")).await.expect(200).body;
    assert_eq!((near["nodes"].as_array().unwrap().len(), &near["truncated"]), (2, &json!(true)));
    let origin = app.anonymous().get(&format!("/v1/publications/{middle}")).await.expect(200).body["origins"]
        [0]
    .clone();
    assert_eq!((&origin["publication_id"], &origin["title"]), (&json!(root), &Value::Null));
    assert!(origin["withdrawn_at"].is_string());
    let own = app.of(SARPSBORG).get(&format!("/v1/projects/{middle}")).await.expect(200);
    assert_eq!(own.body["origins"][0]["publication_id"], json!(root));
    assert_ne!(own.etag(), etag_middle, "what is shown of an origin is part of the tag");
    let patch = json!({ "title": "Tilpasset" });
    app.of(SARPSBORG).patch(&format!("/v1/projects/{middle}"), &own.etag(), patch).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_hidden_is_neither_a_node_nor_an_edge_nor_a_count() {
    let app = TestApp::start().await;
    let (root, _) = app.of(FREDRIKSTAD).publish_new(complete("Fallsensorer"), "region").await;
    let (child, etag) = app.of(SARPSBORG).imitate(&root).await;
    publish_imitation(&app, SARPSBORG, &child, &etag, "public").await;
    let (draft, _) = app.of(HVALER).imitate(&child).await;
    let lineage = app.anonymous().get(&format!("/v1/publications/{child}/lineage")).await.expect(200);
    assert_eq!(ids(&lineage, "nodes"), std::slice::from_ref(&child));
    assert_eq!(lineage.body["edges"], json!([]));
    let shown = app.anonymous().get(&format!("/v1/publications/{child}")).await.expect(200);
    assert_eq!(shown.body["origins"], json!([]));
    let neighbour = app.of(MOSS).get(&format!("/v1/publications/{child}/lineage")).await.expect(200);
    assert_eq!(ids(&neighbour, "nodes").len(), 2);
    let owner = app.of(HVALER).get(&format!("/v1/publications/{child}/lineage")).await.expect(200);
    assert!(ids(&owner, "nodes").contains(&draft));
    assert_eq!(app.anonymous().get(&format!("/v1/publications/{child}/imitations")).await.body["total"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_refuses_an_edge_that_could_close_a_cycle() {
    let app = TestApp::start().await;
    let (root, _) = app.of(FREDRIKSTAD).publish_new(complete("Fallsensorer"), "public").await;
    let (child, etag) = app.of(SARPSBORG).imitate(&root).await;
    publish_imitation(&app, SARPSBORG, &child, &etag, "public").await;
    let owner = app.database.owner().await;
    let edge = format!(
        "INSERT INTO imitation VALUES ('{root}', '{child}', 1, '{SARPSBORG}', '{FREDRIKSTAD}', 0, 'copied', 'will_do', 'x', now())"
    );
    let cause = owner.batch_execute(&edge).await.expect_err("a cycle");
    assert_eq!(cause.as_db_error().unwrap().constraint(), Some("imitation_before_publication"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_most_imitated_come_first_by_what_the_caller_may_see() {
    let app = TestApp::start().await;
    let (openly, _) = app.of(FREDRIKSTAD).publish_new(complete("Åpent imitert"), "public").await;
    let (regionally, _) = app.of(FREDRIKSTAD).publish_new(complete("Regionalt imitert"), "public").await;
    let (one, etag) = app.of(SARPSBORG).imitate(&openly).await;
    publish_imitation(&app, SARPSBORG, &one, &etag, "public").await;
    for municipality in [SARPSBORG, HVALER] {
        let (other, etag) = app.of(municipality).imitate(&regionally).await;
        publish_imitation(&app, municipality, &other, &etag, "region").await;
    }
    let counts = async |municipality: Option<&str>| {
        let reader = municipality.map_or_else(|| app.anonymous(), |municipality| app.of(municipality));
        let answer = reader.get("/v1/publications?sort=most_imitated&q=imitert&limit=2").await.expect(200);
        let first = answer.body["items"].as_array().unwrap();
        first
            .iter()
            .map(|hit| (hit["id"].as_str().unwrap().to_owned(), hit["imitations"].as_u64().unwrap()))
            .collect::<Vec<_>>()
    };
    app.eventually(async || {
        let wanted = [(regionally.clone(), 2), (openly.clone(), 1)];
        (counts(Some(MOSS)).await == wanted).then_some(())
    })
    .await;
    assert_eq!(counts(None).await, [(openly, 1), (regionally, 0)]);
}
