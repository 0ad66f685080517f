//! Tokens of Maskinporten, Entra ID and Ansattporten: for whom they are, and who acts.

use serde_json::{Value, json};

use crate::support::{
    FREDRIKSTAD, HVALER, SARPSBORG, TestApp, idea,
    issuer::{AUDIENCE, ISSUER, IssuerServer, TestKey, changed, now},
};

/// An issuers' file entry of a kind, with what is said of it.
fn preset(keys: &str, preset: &Value) -> Value {
    json!({ "issuer": ISSUER, "audience": [AUDIENCE], "keys": { "url": keys }, "preset": preset })
}

/// Sends a draft, and answers the status, the code, and whom the trail names.
async fn try_out(app: &TestApp, token: String, narrowed: Option<&str>) -> (u16, String, Value) {
    let mut request =
        app.bearing(Some(token)).request(reqwest::Method::POST, "/v1/projects").json(&idea("Nytt prosjekt"));
    if let Some(municipality) = narrowed {
        request = request.header("glomma-municipality", municipality);
    }
    let answer = app.anonymous().send(request).await;
    let id = answer.header("x-request-id").to_owned();
    let owner = app.database.owner().await;
    let row = "SELECT entry FROM audit_entry WHERE entry::json ->> 'request_id' = $1";
    let told = async || {
        let row = owner.query_opt(row, &[&id]).await.unwrap()?;
        let entry: Value = serde_json::from_str(row.get(0)).unwrap();
        Some(
            ["chain", "subject", "client", "supplier", "delegation"]
                .map(|member| entry[member].clone())
                .into(),
        )
    };
    let row = if answer.status == 201 { app.eventually(told).await } else { Value::Null };
    let code = answer.body["code"].as_str().unwrap_or_default().to_owned();
    (answer.status.as_u16(), code, row)
}

fn party(number: &str) -> Value {
    json!({ "authority": "iso6523-actorid-upis", "ID": format!("0192:{number}") })
}

fn user(org: &Value) -> Value {
    json!([{ "type": "urn:altinn:systemuser", "systemuser_id": ["su-1"], "systemuser_org": org, "system_id": "s" }])
}

fn bad_for_maskinporten() -> Vec<(Value, u16, &'static str)> {
    vec![
        (json!({ "scope": "ng:other" }), 403, "insufficient-scope"),
        (json!({ "supplier": party("974760673") }), 403, "not-delegated"),
        (
            json!({ "supplier": party("974760673"), "delegation_source": "https://evil.example" }),
            403,
            "not-delegated",
        ),
        (
            json!({ "supplier": party("123"), "delegation_source": "https://www.altinn.no" }),
            403,
            "not-delegated",
        ),
        (
            json!({ "consumer": { "authority": "other", "ID": format!("0192:{FREDRIKSTAD}") } }),
            403,
            "unknown-municipality",
        ),
        (json!({ "consumer": party("974760673") }), 403, "unknown-municipality"),
        (json!({ "authorization_details": user(&party("974760673")) }), 403, "unknown-municipality"),
        (json!({ "consumer": null, "authorization_details": user(&party(HVALER)) }), 403, "not-delegated"),
        (
            json!({ "supplier": party("974760673"), "authorization_details": user(&party(HVALER)) }),
            403,
            "not-delegated",
        ),
        (
            json!({ "authorization_details": [user(&party(HVALER))[0], user(&party(FREDRIKSTAD))[0]] }),
            403,
            "unknown-municipality",
        ),
        (json!({ "aud": "unspecified" }), 401, "invalid-token"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_maskinporten_are_for_the_consumer_and_say_who_acts_for_it() {
    let key = TestKey::rsa("rsa");
    let server = IssuerServer::start(&[&key]);
    let rules = json!({ "maskinporten": { "scopes": { "ng:innovasjon.write": "coordinator" }, "system_users": true } });
    let app = TestApp::trusting(&json!([preset(&format!("{}/keys", server.url), &rules)])).await;
    let token = |changes: Value| {
        let base = json!({
            "iss": ISSUER, "aud": AUDIENCE, "iat": now(), "exp": now() + 120, "client_id": "c", "consumer": party(FREDRIKSTAD),
            "scope": "ng:innovasjon.write", "client_amr": "private_key_jwt", "pid": "12345678901", "jti": "1"
        });
        key.sign(&changed(base, &changes))
    };
    let good = [
        (json!({}), json!([FREDRIKSTAD, "c", "c", null, null])),
        (
            json!({ "supplier": party("974760673"), "delegation_source": "https://www.altinn.no" }),
            json!([FREDRIKSTAD, "c", "c", "974760673", "https://www.altinn.no"]),
        ),
        (
            json!({ "consumer": party("974760673"), "authorization_details": user(&party(HVALER)) }),
            json!([HVALER, "c", "c", "974760673", "systemuser:su-1"]),
        ),
    ];
    for (changes, expected) in good {
        assert_eq!(
            try_out(&app, token(changes.clone()), None).await,
            (201, String::new(), expected),
            "{changes}"
        );
    }
    for (changes, status, code) in bad_for_maskinporten() {
        let (was, said, _) = try_out(&app, token(changes.clone()), None).await;
        assert_eq!((was, said.as_str()), (status, code), "{changes}");
    }
    let owner = app.database.owner().await;
    let refused = async || {
        let row = "SELECT count(*) FROM audit_entry WHERE chain = $1 AND entry::jsonb @> '{\"code\":\"not-delegated\",\"client\":\"c\",\"supplier\":\"974760673\"}'";
        (owner.query_one(row, &[&FREDRIKSTAD]).await.unwrap().get::<_, i64>(0) > 0).then_some(())
    };
    app.eventually(refused).await;
    let personal = "SELECT count(*) FROM audit_entry WHERE audit_entry::text LIKE '%12345678901%'";
    let personal: i64 = owner.query_one(personal, &[]).await.unwrap().get(0);
    assert_eq!(personal, 0, "no national identity number is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_entra_are_for_the_tenants_that_are_listed() {
    let key = TestKey::rsa("rsa");
    let server = IssuerServer::start(&[&key]);
    let (tenant, other) = ("11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222");
    let issuer = format!("https://login.microsoftonline.com/{tenant}/v2.0");
    let rules = json!({ "entra": {
        "tenants": { tenant: FREDRIKSTAD }, "app_roles": { "Glomma.Write": "contributor" },
        "delegated": { "Glomma.Read": "reader", "Glomma.ReadWrite": "contributor" }
    } });
    let mut entry = preset(&format!("{}/keys", server.url), &rules);
    entry["issuer"] = json!(issuer);
    let app = TestApp::trusting(&json!([entry])).await;
    let token = |changes: Value| {
        let base = json!({
            "iss": issuer, "aud": AUDIENCE, "iat": now(), "exp": now() + 120, "tid": tenant, "oid": "o-1", "azp": "app-1",
            "ver": "2.0", "roles": ["Glomma.Write"], "sub": "o-1"
        });
        key.sign(&changed(base, &changes))
    };
    let actor = json!([FREDRIKSTAD, "o-1", "app-1", null, null]);
    for changes in [json!({}), json!({ "scp": "Glomma.ReadWrite User.Read" })] {
        assert_eq!(try_out(&app, token(changes), None).await, (201, String::new(), actor.clone()));
    }
    for (changes, status, code) in [
        (json!({ "scp": "Glomma.Read" }), 403, "insufficient-scope"),
        (json!({ "scp": "User.Read" }), 403, "insufficient-scope"),
        (json!({ "roles": null }), 403, "insufficient-scope"),
        (json!({ "roles": ["Other"] }), 403, "insufficient-scope"),
        (json!({ "tid": other }), 401, "invalid-token"),
        (json!({ "tid": null }), 401, "invalid-token"),
        (json!({ "ver": "1.0" }), 401, "invalid-token"),
        (json!({ "oid": null }), 401, "invalid-token"),
        (json!({ "azp": null }), 401, "invalid-token"),
        (json!({ "sub": "a person's, as an id token has it" }), 401, "invalid-token"),
        (
            json!({ "iss": format!("https://login.microsoftonline.com/{other}/v2.0"), "tid": other }),
            401,
            "invalid-token",
        ),
    ] {
        let (was, said, _) = try_out(&app, token(changes.clone()), None).await;
        assert_eq!((was, said.as_str()), (status, code), "{changes}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_ansattporten_are_for_one_of_those_that_the_person_represents() {
    let key = TestKey::rsa("rsa");
    let server = IssuerServer::start(&[&key]);
    let resource = "urn:altinn:resource:2480:40";
    let rules = json!({ "ansattporten": { "resources": { resource: "coordinator" } } });
    let app = TestApp::trusting(&json!([preset(&format!("{}/keys", server.url), &rules)])).await;
    let details = |numbers: &[&str]| {
        let reportees: Vec<Value> = numbers
            .iter()
            .map(|number| json!({ "Rights": ["Read"], "Authority": "iso6523-actorid-upis", "ID": format!("0192:{number}"), "Name": "x" }))
            .collect();
        json!([{ "type": "ansattporten:altinn:service", "resource": resource, "reportees": reportees }])
    };
    let token = |changes: Value| {
        let base = json!({
            "iss": ISSUER, "aud": AUDIENCE, "iat": now(), "exp": now() + 120, "sub": "pairwise", "client_id": "c", "acr": "substantial",
            "authorization_details": details(&[FREDRIKSTAD])
        });
        key.sign(&changed(base, &changes))
    };
    let several = json!({ "authorization_details": details(&[FREDRIKSTAD, SARPSBORG]) });
    let actor = |municipality: &str| json!([municipality, "pairwise", "c", null, null]);
    let good = [
        (json!({}), None, FREDRIKSTAD),
        (json!({}), Some(FREDRIKSTAD), FREDRIKSTAD),
        (several.clone(), Some(SARPSBORG), SARPSBORG),
    ];
    for (changes, narrowed, municipality) in good {
        assert_eq!(try_out(&app, token(changes), narrowed).await, (201, String::new(), actor(municipality)));
    }
    for (changes, narrowed, status, code) in [
        (several.clone(), None, 403, "ambiguous-municipality"),
        (several, Some(HVALER), 403, "unknown-municipality"),
        (json!({ "authorization_details": details(&[]) }), None, 403, "unknown-municipality"),
        (json!({ "authorization_details": null }), None, 403, "unknown-municipality"),
        (json!({}), Some("not a number"), 403, "unknown-municipality"),
        (json!({ "acr": "low" }), None, 401, "invalid-token"),
        (json!({ "acr": null }), None, 401, "invalid-token"),
    ] {
        let (was, said, _) = try_out(&app, token(changes.clone()), narrowed).await;
        assert_eq!((was, said.as_str()), (status, code), "{changes} {narrowed:?}");
    }
}
