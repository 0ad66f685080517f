//! API clients and the built-in issuer: tokens for those that may have them, as wide as they may be, until they may not.

use std::time::Duration;

use glomma::platform::auth::permission::Role;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    FREDRIKSTAD, HVALER, SARPSBORG, TestApp, idea,
    issuer::{TestKey, changed, now},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_client_gets_a_token_by_its_secret_and_does_what_its_role_allows() {
    let app = TestApp::start().await;
    let administrator = app.with(FREDRIKSTAD, Role::Administrator);
    let (id, secret) = app.new_client(&administrator, "contributor", None).await;
    let caller = app.bearing(Some(app.token_of(&id, &secret).await));
    caller.post("/v1/projects", idea("Fra fagsystemet")).await.expect(201);
    caller.get("/v1/clients").await.refused(403, "insufficient-scope");
    let shown = administrator.get(&format!("/v1/clients/{id}")).await.expect(200).body;
    assert!(shown["last_used_at"].is_string() && !shown.to_string().contains(&secret), "{shown}");
    app.with(HVALER, Role::Administrator).get(&format!("/v1/clients/{id}")).await.refused(404, "not-found");
    // By the header too, encoded as RFC 6749 asks.
    let request = app.anonymous().request(Method::POST, "/oauth2/token").basic_auth(&id, Some(&secret));
    let form = [("grant_type", "client_credentials"), ("scope", "projects:read")];
    let narrowed = app.anonymous().send(request.form(&form)).await.expect(200);
    assert_eq!(
        (&narrowed.body["scope"], narrowed.header("cache-control")),
        (&json!("projects:read"), "no-store")
    );
    let narrowed = app.bearing(narrowed.body["access_token"].as_str().map(ToOwned::to_owned));
    narrowed.get("/v1/projects").await.expect(200);
    narrowed.post("/v1/projects", idea("For mye")).await.refused(403, "insufficient-scope");
}

type Form<'a> = &'a [(&'a str, &'a str)];

#[tokio::test(flavor = "multi_thread")]
async fn what_asks_wrongly_gets_no_token_and_learns_nothing() {
    let app = TestApp::start().await;
    let administrator = app.with(FREDRIKSTAD, Role::Administrator);
    let (id, secret) = app.new_client(&administrator, "reader", None).await;
    let unknown = "00000000-0000-7000-8000-000000000000";
    let grant = ("grant_type", "client_credentials");
    let table: [(Form<'_>, u16, &str); 10] = [
        (&[grant, ("client_id", &id), ("client_secret", "wrong")], 401, "invalid_client"),
        (&[grant, ("client_id", unknown), ("client_secret", &secret)], 401, "invalid_client"),
        (&[grant, ("client_id", "no id"), ("client_secret", &secret)], 401, "invalid_client"),
        (&[grant], 401, "invalid_client"),
        (&[("client_id", &id), ("client_secret", &secret)], 400, "invalid_request"),
        (
            &[("grant_type", "password"), ("client_id", &id), ("client_secret", &secret)],
            400,
            "unsupported_grant_type",
        ),
        (
            &[grant, ("client_id", &id), ("client_secret", &secret), ("scope", "projects:write")],
            400,
            "invalid_scope",
        ),
        (
            &[grant, ("client_id", &id), ("client_secret", &secret), ("scope", "no:such")],
            400,
            "invalid_scope",
        ),
        (&[grant, ("client_assertion", "a.b.c")], 400, "invalid_request"),
        (&[grant, grant, ("client_id", &id), ("client_secret", &secret)], 400, "invalid_request"),
    ];
    for (form, status, error) in table {
        let answer = app.ask_token(form).await;
        assert_eq!((answer.status.as_u16(), &answer.body["error"]), (status, &json!(error)), "{form:?}");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.headers.contains_key("www-authenticate"), status == 401);
    }
    let [wrong, nobody] = [&id, unknown].map(|client| [grant, ("client_id", client), ("client_secret", "x")]);
    assert_eq!(
        app.ask_token(&wrong).await.body,
        app.ask_token(&nobody).await.body,
        "no client is told from none"
    );
    let refused = async || {
        let trail = app.operator().get("/v1/platform/audit?outcome=refused").await.expect(200).body;
        trail["items"].as_array().unwrap().iter().any(|entry| entry["code"] == "invalid_client").then_some(())
    };
    app.eventually(refused).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_signs_its_assertions_uses_each_once() {
    let app = TestApp::start().await;
    let administrator = app.with(SARPSBORG, Role::Administrator);
    let (key, foreign) = (TestKey::ec("k1"), TestKey::ec("k1"));
    let body = json!({ "name": "Signerer", "role": "coordinator", "keys": { "keys": [key.public()] } });
    let id = administrator.post("/v1/clients", body).await.expect(201).id();
    let claims = |changes: Value| {
        let base = json!({ "iss": id, "sub": id, "aud": "https://api.example/oauth2/token", "exp": now() + 60, "jti": "1" });
        changed(base, &changes)
    };
    let ask = async |assertion: String| {
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", kind),
            ("client_assertion", &assertion),
        ];
        app.ask_token(&form).await
    };
    let assertion = key.sign(&claims(json!({})));
    let token = ask(assertion.clone()).await.expect(200).body["access_token"].as_str().unwrap().to_owned();
    app.bearing(Some(token)).get("/v1/projects").await.expect(200);
    assert_eq!(ask(assertion).await.status.as_u16(), 401, "an assertion is good once");
    ask(key.sign(&claims(json!({ "jti": "2", "aud": "https://api.example" })))).await.expect(200);
    for (key, changes) in [
        (&foreign, json!({ "jti": "3" })),
        (&key, json!({ "jti": "4", "aud": "https://other.example" })),
        (&key, json!({ "jti": "5", "aud": null })),
        (&key, json!({ "jti": "6", "exp": now() - 60 })),
        (&key, json!({ "jti": "7", "exp": now() + 3600 })),
        (&key, json!({ "jti": "8", "iss": "somebody" })),
        (&key, json!({ "jti": "9", "sub": "00000000-0000-7000-8000-000000000000" })),
        (&key, json!({ "jti": null })),
        (&key, json!({ "jti": "x".repeat(101) })),
    ] {
        let answer = ask(key.sign(&claims(changes.clone()))).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.body["error"]),
            (401, &json!("invalid_client")),
            "{changes}"
        );
    }
    let symmetric = json!({ "kty": "oct", "kid": "s", "k": "c2VjcmV0" });
    let body = json!({ "name": "Svak", "role": "reader", "keys": { "keys": [symmetric] } });
    let refused = administrator.post("/v1/clients", body).await.refused(422, "invalid-body");
    assert_eq!(refused.pointers(), ["#/keys"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_more_than_they_have() {
    let app = TestApp::start().await;
    let administrator = app.with(FREDRIKSTAD, Role::Administrator);
    let too_much =
        json!({ "name": "Leser", "role": "reader", "scopes": ["projects:read", "projects:write"] });
    let refused = administrator.post("/v1/clients", too_much).await.refused(422, "invalid-body");
    assert_eq!(refused.pointers(), ["#/scopes/1"]);
    let narrow = app.bearing(Some(app.token(FREDRIKSTAD, Role::Administrator, Some("clients:write"))));
    let all = json!({ "name": "Alt", "role": "administrator" });
    let made = narrow.post("/v1/clients", all.clone()).await.expect(201);
    assert_eq!(made.body["scopes"], json!(["clients:write"]), "a narrowed token makes narrowed clients");
    let (wide, _) = app.new_client(&administrator, "administrator", None).await;
    let secret = format!("/v1/clients/{wide}/secret");
    narrow.put(&secret, "*", Value::Null).await.refused(403, "insufficient-scope");
    let patch = json!({ "keys": { "keys": [TestKey::ec("mine").public()] } });
    narrow.patch(&format!("/v1/clients/{wide}"), "*", patch).await.refused(422, "invalid-body");
    app.with(FREDRIKSTAD, Role::Coordinator)
        .post("/v1/clients", all)
        .await
        .refused(403, "insufficient-scope");
    let renamed =
        administrator.patch(&format!("/v1/clients/{wide}"), "*", json!({ "name": "Nytt navn" })).await;
    assert_eq!(renamed.expect(200).body["name"], "Nytt navn");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_secret_leaves_the_old_one_a_day_and_a_revoked_client_has_none() {
    let app = TestApp::start().await;
    let administrator = app.with(FREDRIKSTAD, Role::Administrator);
    let (id, first) = app.new_client(&administrator, "reader", None).await;
    let path = format!("/v1/clients/{id}/secret");
    let renewed = administrator.put(&path, "*", Value::Null).await.expect(200).body;
    let second = renewed["client_secret"].as_str().unwrap();
    assert!(renewed["previous_secret_until"].is_string());
    app.token_of(&id, &first).await;
    let held = app.bearing(Some(app.token_of(&id, second).await));
    let owner = app.database.owner().await;
    owner.batch_execute("UPDATE api_client SET previous_until = now()").await.unwrap();
    let old = [("grant_type", "client_credentials"), ("client_id", &id), ("client_secret", &first)];
    app.ask_token(&old).await.expect(401);
    held.get("/v1/projects").await.expect(200);
    administrator.delete(&format!("/v1/clients/{id}"), "*").await.expect(204);
    let new = [("grant_type", "client_credentials"), ("client_id", &id), ("client_secret", second)];
    app.ask_token(&new).await.expect(401);
    // Tokens that it has are refused by every node within seconds.
    for _ in 0..60 {
        if held.get("/v1/projects").await.status.as_u16() == 401 {
            administrator.put(&path, "*", Value::Null).await.refused(409, "client-revoked");
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("a revoked client goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_keys_rotate_without_refusing_a_valid_token() {
    let app = TestApp::start().await;
    let administrator = app.with(FREDRIKSTAD, Role::Administrator);
    let (id, secret) = app.new_client(&administrator, "reader", None).await;
    let before = app.bearing(Some(app.token_of(&id, &secret).await));
    let keys = async || app.anonymous().get("/.well-known/jwks.json").await.expect(200).body["keys"].clone();
    assert_eq!(keys().await.as_array().unwrap().len(), 1);
    app.operator().post("/v1/platform/signing-keys", json!({})).await.expect(201);
    app.operator().post("/v1/platform/signing-keys", json!({})).await.expect(201);
    assert_eq!(keys().await.as_array().unwrap().len(), 2, "the one that waits is the next one");
    let owner = app.database.owner().await;
    // As if its time had come; every node has had the time to read it.
    tokio::time::sleep(Duration::from_secs(1)).await;
    owner.batch_execute("UPDATE signing_key SET signs_from = now() WHERE signs_from > now()").await.unwrap();
    let after = app.bearing(Some(app.token_of(&id, &secret).await));
    for _ in 0..40 {
        before.get("/v1/projects").await.expect(200);
        after.get("/v1/projects").await.expect(200);
    }
    for row in owner.query("SELECT sealed FROM signing_key", &[]).await.unwrap() {
        let sealed: Vec<u8> = row.get(0);
        let readable = EncodingKey::from_ec_der(&sealed);
        let signed = jsonwebtoken::encode(&Header::new(Algorithm::ES256), &json!({}), &readable);
        assert!(signed.is_err() && sealed.len() > 100, "no private key is in the record in the clear");
    }
    let stolen = keys().await[0]["kid"].as_str().unwrap().to_owned();
    app.operator().delete(&format!("/v1/platform/signing-keys/{stolen}"), "*").await.expect(204);
    let refused = async || (after.get("/v1/projects").await.status.as_u16() == 401).then_some(());
    app.eventually(refused).await;
    let next = app.bearing(Some(app.token_of(&id, &secret).await));
    let served = async || (next.get("/v1/projects").await.status.as_u16() == 200).then_some(());
    app.eventually(served).await;
    let metadata = app.anonymous().get("/.well-known/oauth-authorization-server").await.expect(200).body;
    assert_eq!(metadata["jwks_uri"], "https://api.example/.well-known/jwks.json");
}
