//! `Idempotency-Key`: what is sent again is done once.

use glomma::platform::auth::permission::Role;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{Answer, Client, FREDRIKSTAD, SARPSBORG, TestApp, complete, idea};

fn post(caller: &Client, path: &str, key: &str, body: &Value) -> RequestBuilder {
    caller.request(Method::POST, path).header("idempotency-key", key).json(body)
}

async fn send(caller: &Client, key: &str, body: &Value) -> Answer {
    caller.send(post(caller, "/v1/projects", key, body)).await
}

async fn count(caller: &Client) -> usize {
    caller.get("/v1/projects?limit=100").await.expect(200).body["items"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_again_is_answered_as_it_was_and_done_once() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    let first =
        send(&caller, "\"k-1\"", &json!({ "title": "Sensorer", "tags": ["velferd"] })).await.expect(201);
    assert!(!first.headers.contains_key("idempotency-replayed"));
    // In another order, and without the quotes.
    let again = send(&caller, "k-1", &json!({ "tags": ["velferd"], "title": "Sensorer" })).await.expect(201);
    assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &first.body));
    assert_eq!((again.etag(), again.header("location")), (first.etag(), first.header("location")));
    assert_eq!(count(&caller).await, 1);
    send(&caller, "\"k-1\"", &idea("Noe annet")).await.refused(422, "idempotency-key-reused");
    send(&caller, "\"k-2\"", &idea("Noe annet")).await.expect(201);
    // A key is its municipality's, its client's and its route's own.
    send(&app.of(SARPSBORG), "\"k-1\"", &idea("Noe annet")).await.expect(201);
    for malformed in ["", "\"", "\"\"", &"x".repeat(256), "a\"b"] {
        let refused = send(&caller, malformed, &idea("Feil nøkkel")).await.refused(400, "malformed-request");
        assert_eq!(refused.pointers(), ["Idempotency-Key"], "{malformed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_left_the_key_free() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    send(&caller, "\"k\"", &json!({ "title": "x" })).await.refused(422, "invalid-body");
    send(&caller, "\"k\"", &idea("Nå riktig")).await.expect(201);
    let reader = app.with(FREDRIKSTAD, Role::Reader);
    send(&reader, "\"r\"", &idea("Får ikke lov")).await.refused(403, "insufficient-scope");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_one_does_it_and_every_kind_of_post_keeps_to_it() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    let body = idea("Samtidig");
    let answers = futures_util::future::join_all((0..20).map(|_| send(&caller, "\"k\"", &body))).await;
    for answer in &answers {
        assert!([201, 409].contains(&answer.status.as_u16()), "{:#}", answer.body);
        assert!(
            answer.status == 201
                || (answer.body["code"] == "request-in-flight" && answer.header("retry-after") == "1")
        );
    }
    let fresh = answers
        .iter()
        .filter(|answer| answer.status == 201 && !answer.headers.contains_key("idempotency-replayed"));
    assert_eq!((fresh.count(), count(&caller).await), (1, 1));
    let (parent, _) = app.of(SARPSBORG).publish_new(complete("Fallsensorer"), "public").await;
    let imitation = json!({ "mode": "copied", "intent": "will_do", "reason": "Vi trenger det" });
    let path = format!("/v1/publications/{parent}/imitations");
    let [one, two] = [(); 2].map(|()| post(&caller, &path, "\"i\"", &imitation));
    assert_eq!(caller.send(one).await.expect(201).id(), caller.send(two).await.expect(201).id());
    let entry = json!({ "state": "piloting" });
    let path = format!("/v1/publications/{parent}/adoption/entries");
    for _ in 0..3 {
        caller.send(post(&caller, &path, "\"e\"", &entry)).await.expect(201);
    }
    let ledger = caller.get(&format!("/v1/publications/{parent}/adoption")).await.expect(200).body;
    assert_eq!(ledger["entries"].as_array().unwrap().len(), 1);
    // The same key and body, for another thing.
    let (other, _) = app.of(SARPSBORG).publish_new(complete("Noe annet"), "public").await;
    let elsewhere = post(&caller, &format!("/v1/publications/{other}/adoption/entries"), "\"e\"", &entry);
    caller.send(elsewhere).await.refused(422, "idempotency-key-reused");
}
