//! Being told of what happens.

use glomma::platform::auth::permission::Role;
use serde_json::{Value, json};

use crate::support::{Client, FREDRIKSTAD, HVALER, MOSS, RADE, SARPSBORG, TestApp, complete};

/// What a municipality was told, oldest first: what happened, and why it is told.
async fn told(reader: &Client) -> Vec<(String, String)> {
    let told = reader.get("/v1/notifications?limit=100").await.expect(200).body;
    let pair = |item: &Value| {
        let text = |name: &str| item[name].as_str().unwrap().to_owned();
        (text("kind"), text("because"))
    };
    told["items"].as_array().unwrap().iter().rev().map(pair).collect()
}

async fn wait_for(app: &TestApp, municipality: &str, expected: &[(&str, &str)]) {
    let expected: Vec<_> =
        expected.iter().map(|(kind, why)| ((*kind).to_owned(), (*why).to_owned())).collect();
    let reader = app.of(municipality);
    let mut last = Vec::new();
    for _ in 0..200 {
        last = told(&reader).await;
        if last == expected {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    assert_eq!(last, expected);
}

async fn publish_change(owner: &Client, id: &str, patch: Value, audience: &str) {
    let path = format!("/v1/projects/{id}");
    let etag = owner.get(&path).await.expect(200).etag();
    let etag = owner.patch(&path, &etag, patch).await.expect(200).etag();
    owner.publish(id, &etag, audience).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn those_concerned_are_told_once_and_nobody_of_their_own_doing() {
    let app = TestApp::start().await;
    let (owner, imitator) = (app.of(FREDRIKSTAD), app.of(SARPSBORG));
    let (parent, _) = owner.publish_new(complete("Fallsensorer"), "public").await;
    let (id, _) = imitator.imitate(&parent).await;
    let contact = json!({ "contact": { "unit": "Helse", "email": "helse@kommune.example" } });
    publish_change(&imitator, &id, contact, "public").await;
    publish_change(&owner, &parent, json!({ "need": "Nytt behov" }), "public").await;
    imitator
        .post(&format!("/v1/projects/{id}/adoption/entries"), json!({ "state": "in_use" }))
        .await
        .expect(201);
    app.of(HVALER)
        .post(&format!("/v1/publications/{parent}/adoption/entries"), json!({ "state": "planned" }))
        .await
        .expect(201);
    let offer = json!({ "fields": { "need": "Bedre" }, "reason": "Lærte det" });
    let made = imitator.post(&format!("/v1/publications/{parent}/proposals"), offer).await.expect(201);
    let declined = json!({ "outcome": "declined", "answer": "Ikke her" });
    owner.put(&format!("/v1/proposals/{}/decision", made.id()), &made.etag(), declined).await.expect(200);
    wait_for(
        &app,
        FREDRIKSTAD,
        &[
            ("published", "it_imitates_yours"),
            ("adoption_recorded", "it_imitates_yours"),
            ("adoption_recorded", "it_is_yours"),
            ("proposal_made", "proposal"),
        ],
    )
    .await;
    wait_for(&app, SARPSBORG, &[("version_published", "you_imitate_it"), ("proposal_declined", "proposal")])
        .await;
    assert_eq!(told(&app.of(HVALER)).await, [], "what others do with each other is not told");
    let told = owner.get("/v1/notifications").await.expect(200).body;
    let newest = &told["items"][0];
    assert_eq!((&newest["proposal_id"], &newest["actor"]["name"]), (&made.body["id"], &json!("Sarpsborg")));
    assert_eq!(
        (&newest["title"], &told["items"][1]["actor"]["name"]),
        (&json!("Fallsensorer"), &json!("Hvaler"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_followed_is_told_to_those_who_may_see_it() {
    let app = TestApp::start().await;
    let (first, _) = app.of(FREDRIKSTAD).publish_new(complete("Fallsensorer"), "public").await;
    let follower = app.of(RADE);
    let follow = async |path: &str| follower.request(reqwest::Method::PUT, path);
    for (path, status) in [
        (format!("/v1/follows/publication/{first}"), 201),
        (format!("/v1/follows/publication/{first}"), 200),
        (format!("/v1/follows/municipality/{HVALER}"), 201),
        ("/v1/follows/area/gront-skifte".to_owned(), 201),
        ("/v1/follows/area/unknown".to_owned(), 404),
        ("/v1/follows/municipality/940039542".to_owned(), 404),
        ("/v1/follows/publication/x".to_owned(), 404),
        ("/v1/follows/area/%00".to_owned(), 404),
    ] {
        follower.send(follow(&path).await).await.expect(status);
    }
    let (draft, _) = app.of(MOSS).create(complete("Utkast")).await;
    follower.send(follow(&format!("/v1/follows/publication/{draft}")).await).await.refused(404, "not-found");
    let listed = follower.get("/v1/follows").await.expect(200).body;
    assert_eq!(listed["items"].as_array().unwrap().len(), 3);
    assert_eq!(app.of(MOSS).get("/v1/follows").await.expect(200).body["items"], json!([]));
    publish_change(&app.of(FREDRIKSTAD), &first, json!({ "need": "Nytt behov" }), "public").await;
    app.of(HVALER).publish_new(complete("Båt"), "region").await;
    let mut green = complete("Solceller");
    green["strategic_areas"] = json!(["gront-skifte"]);
    app.of(MOSS).publish_new(green, "region").await;
    wait_for(
        &app,
        RADE,
        &[
            ("version_published", "you_follow_it"),
            ("published", "you_follow_its_municipality"),
            ("published", "you_follow_its_area"),
        ],
    )
    .await;
    app.of(RADE).delete(&format!("/v1/follows/publication/{}", first.to_uppercase()), "*").await.expect(204);
    app.of(RADE).delete("/v1/follows/area/gront-skifte", "*").await.expect(204);
    app.of(RADE).delete("/v1/follows/area/gront-skifte", "*").await.refused(404, "not-found");
    // Råde leaves its regions: what is published for these is no longer told, by whomever it is followed.
    let database = app.database.owner().await;
    database.execute("DELETE FROM region_member WHERE municipality_id = $1", &[&RADE]).await.unwrap();
    app.of(HVALER).publish_new(complete("Brygge"), "region").await;
    app.of(HVALER).publish_new(complete("Ferge"), "public").await;
    let known = [
        ("version_published", "you_follow_it"),
        ("published", "you_follow_its_municipality"),
        ("published", "you_follow_its_area"),
        ("published", "you_follow_its_municipality"),
    ];
    wait_for(&app, RADE, &known).await;
    let items = follower.get("/v1/notifications").await.expect(200).body["items"].clone();
    assert_eq!(
        (&items[0]["title"], &items[1]["title"]),
        (&json!("Ferge"), &Value::Null),
        "a title is shown while it may be seen"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_are_read_one_by_one_or_all_up_to_one() {
    let app = TestApp::start().await;
    let reader = app.of(RADE);
    let path = format!("/v1/follows/municipality/{FREDRIKSTAD}");
    reader.send(reader.request(reqwest::Method::PUT, &path)).await.expect(201);
    for title in ["Første", "Andre", "Tredje"] {
        app.of(FREDRIKSTAD).publish_new(complete(title), "public").await;
    }
    wait_for(&app, RADE, &[("published", "you_follow_its_municipality"); 3]).await;
    let all = reader.get("/v1/notifications").await.expect(200).body;
    assert_eq!(all["unread"], 3);
    let ids: Vec<i64> =
        all["items"].as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap()).collect();
    let mark = format!("/v1/notifications/{}/read", ids[0]);
    app.of(MOSS).put(&mark, "*", json!({})).await.refused(404, "not-found");
    reader.put(&mark, "*", json!({})).await.expect(204);
    let unread = reader.get("/v1/notifications?unread=true&limit=1").await.expect(200).body;
    assert_eq!((&unread["unread"], &unread["items"][0]["title"]), (&json!(2), &json!("Andre")));
    let rest = reader.get(unread["page"]["next"].as_str().unwrap()).await.expect(200).body;
    assert_eq!((&rest["items"][0]["title"], &rest["page"]["next"]), (&json!("Første"), &Value::Null));
    reader.delete(&mark, "*").await.expect(204);
    reader.put("/v1/notifications/read", "*", json!({ "through": ids[1] })).await.expect(204);
    let left = reader.get("/v1/notifications?unread=true").await.expect(200).body;
    assert_eq!((&left["unread"], &left["items"][0]["id"]), (&json!(1), &json!(ids[0])));
    let readers = app.with(RADE, Role::Reader);
    readers.send(readers.request(reqwest::Method::PUT, &path)).await.refused(403, "insufficient-scope");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_teller_tells_nothing_twice_and_leaves_nothing_out() {
    let app = TestApp::start().await;
    let reader = app.of(RADE);
    let path = format!("/v1/follows/municipality/{FREDRIKSTAD}");
    reader.send(reader.request(reqwest::Method::PUT, &path)).await.expect(201);
    let database = app.database.owner().await;
    let mut killed = 0;
    for nth in 0..5 {
        // Whoever tells waits for the lock in the middle of it, and is thrown out there.
        database.batch_execute("BEGIN; LOCK TABLE notification").await.unwrap();
        for more in 0..4 {
            app.of(FREDRIKSTAD).publish_new(complete(&format!("Nummer {nth} {more}")), "public").await;
        }
        let waiting = "SELECT pg_terminate_backend(pid) FROM pg_locks \
            WHERE relation = 'notification'::regclass AND NOT granted AND pid <> pg_backend_pid()";
        for _ in 0..200 {
            killed += database.query(waiting, &[]).await.unwrap().len();
            if killed > nth {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        database.batch_execute("COMMIT").await.unwrap();
    }
    assert!(killed >= 5, "{killed}");
    let published = 20;
    let all = vec![("published", "you_follow_its_municipality"); published];
    for _ in 0..1200 {
        if told(&reader).await.len() >= published {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    wait_for(&app, RADE, &all).await;
}
