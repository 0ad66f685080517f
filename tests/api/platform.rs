//! The operator: changes what is common to all, and sees nothing that is a municipality's own.

use std::process::Command;

use glomma::platform::auth::permission::Role;
use serde_json::{Value, json};

use crate::support::{FREDRIKSTAD, HVALER, MOSS, SARPSBORG, TestApp, complete, idea, service::BINARY};

/// A number with a valid control digit that is no member's.
const NEW: &str = "974760673";

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_writes_municipalities_with_their_numbers_and_mergers() {
    let app = TestApp::start().await;
    let path = format!("/v1/platform/municipalities/{NEW}");
    let numbers = json!([{ "number": "9901", "valid_to": "2029-12-31", "former_name": "Gamle" }, { "number": "9902", "valid_from": "2030-01-01" }]);
    let body = json!({ "name": "Nye", "municipality_numbers": numbers, "seat": { "latitude": 59.4, "longitude": 11.3 } });
    let operator = app.operator();
    operator.put(&path, "*", body.clone()).await.expect(201);
    operator.put(&path, "*", body.clone()).await.expect(200);
    let known = async || {
        let found = app.anonymous().get("/v1/municipalities?number=9901").await.expect(200).body;
        (found["items"].as_array().unwrap().len() == 1).then_some(found)
    };
    let found = app.eventually(known).await;
    assert_eq!(found["items"][0]["municipality_numbers"][0]["former_name"], "Gamle");
    let rygge = app.anonymous().get("/v1/municipalities?number=0136").await.expect(200).body;
    assert_eq!(
        (&rygge["items"][0]["organisation_number"], &rygge["items"][0]["name"]),
        (&json!(MOSS), &json!("Moss"))
    );
    for (changes, pointer) in [
        (json!({ "municipality_numbers": [{ "number": "99" }] }), "#/municipality_numbers/0/number"),
        (json!({ "municipality_numbers": [] }), "#/municipality_numbers"),
        (
            json!({ "municipality_numbers": [{ "number": "9901", "valid_from": "2030-01-01", "valid_to": "2029-01-01" }] }),
            "#/municipality_numbers/0/valid_to",
        ),
        (json!({ "seat": { "latitude": 91.0, "longitude": 0.0 } }), "#/seat"),
    ] {
        let mut wrong = body.clone();
        wrong.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        assert_eq!(operator.put(&path, "*", wrong).await.refused(422, "invalid-body").pointers(), [pointer]);
    }
    let trail = async || {
        let page = operator.get("/v1/platform/audit").await.expect(200).body;
        let done = page["items"].as_array().unwrap().iter().filter(|entry| entry["path"] == path).count();
        (done == 2).then_some(page)
    };
    assert_eq!(app.eventually(trail).await["items"][0]["role"], "operator");
    // What has become a member can have a client, and act.
    let first =
        json!({ "municipality": NEW, "client": { "name": "Administrator", "role": "administrator" } });
    let id = operator.post("/v1/platform/clients", first).await.expect(201).id();
    let secret =
        operator.put(&format!("/v1/platform/clients/{id}/secret"), "*", Value::Null).await.expect(200).body;
    let token = app.token_of(&id, secret["client_secret"].as_str().unwrap()).await;
    app.bearing(Some(token)).get("/v1/clients").await.expect(200);
    assert_eq!(operator.get("/v1/platform/clients").await.expect(200).body["items"][0]["municipality"], NEW);
    operator.delete(&format!("/v1/platform/clients/{id}"), "*").await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_moves_members_of_regions_and_those_concerned_are_told() {
    let app = TestApp::start().await;
    let operator = app.operator();
    operator.put("/v1/platform/regions/ny-region", "*", json!({ "name": "Ny region" })).await.expect(201);
    operator.put("/v1/platform/regions/ny-region", "*", json!({ "name": "Nytt navn" })).await.expect(200);
    operator
        .put("/v1/platform/regions/Not a slug", "*", json!({ "name": "x" }))
        .await
        .refused(404, "not-found");
    operator
        .put(
            &format!("/v1/platform/municipalities/{NEW}"),
            "*",
            json!({ "name": "Nye", "municipality_numbers": [{ "number": "9901" }] }),
        )
        .await
        .expect(201);
    let (id, _) = app.of(FREDRIKSTAD).publish_new(complete("Bare for regionen"), "region").await;
    let newcomer = async || {
        let answer = app.with(NEW, Role::Reader).get(&format!("/v1/publications/{id}")).await;
        answer.status.as_u16()
    };
    let member = async || (newcomer().await == 404).then_some(());
    app.eventually(member).await;
    for municipality in [NEW, FREDRIKSTAD] {
        operator
            .put(&format!("/v1/platform/regions/ny-region/members/{municipality}"), "*", Value::Null)
            .await
            .expect(204);
    }
    assert_eq!(newcomer().await, 200);
    let told = async || {
        let log = app.with(NEW, Role::Reader).get("/v1/changes").await.expect(200).body;
        log["items"].as_array().unwrap().iter().any(|change| change["kind"] == "sight_gained").then_some(())
    };
    app.eventually(told).await;
    operator.delete(&format!("/v1/platform/regions/ny-region/members/{NEW}"), "*").await.expect(204);
    assert_eq!(newcomer().await, 404);
    operator
        .put(&format!("/v1/platform/regions/no-such/members/{NEW}"), "*", Value::Null)
        .await
        .refused(404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_sees_nothing_that_is_a_municipality_s_own() {
    let app = TestApp::start().await;
    let (draft, _) = app.of(FREDRIKSTAD).create(complete("Hemmelig")).await;
    let (shared, _) = app.of(FREDRIKSTAD).publish_new(complete("Bare for regionen"), "region").await;
    let operator = app.operator();
    for path in [
        "/v1/projects",
        "/v1/audit",
        "/v1/clients",
        "/v1/export",
        "/v1/notifications",
        &format!("/v1/projects/{draft}"),
    ] {
        operator.get(path).await.refused(403, "insufficient-scope");
    }
    operator.get(&format!("/v1/publications/{draft}")).await.refused(404, "not-found");
    operator.get(&format!("/v1/publications/{shared}")).await.refused(404, "not-found");
    operator.post("/v1/projects", idea("Eget prosjekt")).await.refused(403, "insufficient-scope");
    for municipality in [FREDRIKSTAD, HVALER, SARPSBORG] {
        let administrator = app.with(municipality, Role::Administrator);
        for path in [
            "/v1/platform/clients",
            "/v1/platform/audit",
            "/v1/platform/issuers",
            "/v1/platform/signing-keys",
        ] {
            administrator.get(path).await.refused(403, "insufficient-scope");
        }
    }
    let issuers = operator.get("/v1/platform/issuers").await.expect(200).body;
    let known = issuers["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|issuer| issuer["issuer"] == "https://api.example")
        .unwrap();
    assert_eq!((known["key_ids"].as_array().unwrap().len(), &known["fault"]), (1, &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_operator_is_made_on_the_command_line() {
    let app = TestApp::start().await;
    let data = std::env::temp_dir().join(format!("glomma-operator-{}", uuid::Uuid::now_v7()));
    let output = Command::new(BINARY)
        .args(["operator", "--database-url", &app.database.url, "--data"])
        .arg(&data)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap();
    let value =
        |name: &str| said.lines().find_map(|line| line.strip_prefix(&format!("{name}="))).unwrap().to_owned();
    let token = app.token_of(&value("client_id"), &value("client_secret")).await;
    app.bearing(Some(token)).get("/v1/platform/clients").await.expect(200);
}
