//! Tokens of configured issuers: the good ones of each kind accepted, every bad one refused, said why, and audited.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::support::{
    FREDRIKSTAD, SARPSBORG, TestApp, idea,
    issuer::{AUDIENCE, Answer, ISSUER, IssuerServer, TestKey, changed, claims, generic, now},
};

/// A JWT of any header, payload and signature.
fn raw(header: &Value, payload: &Value, signature: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{signature}", part(header), part(payload))
}

/// A header with more in it than usual, signed all the same.
fn signed_with(key: &TestKey, header: &Value, payload: &Value) -> String {
    let unsigned = raw(header, payload, "");
    let message = unsigned.trim_end_matches('.');
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key.private, key.algorithm).unwrap();
    format!("{message}.{signature}")
}

/// What is wrong with a token, the token, and how it is refused.
type Bad = (&'static str, String, (u16, &'static str));

const INVALID: (u16, &str) = (401, "invalid-token");
const UNKNOWN: (u16, &str) = (403, "unknown-municipality");
const NO_SCOPE: (u16, &str) = (403, "insufficient-scope");

fn bad_heads(key: &TestKey, ed: &TestKey, foreign: &TestKey) -> Vec<Bad> {
    let good = claims(&json!({}));
    let header = |changes: Value| {
        let header = changed(json!({ "alg": "ES256", "kid": key.id, "typ": "JWT" }), &changes);
        signed_with(key, &header, &good)
    };
    let public = EncodingKey::from_secret(key.public().to_string().as_bytes());
    let hmac = |algorithm| {
        let header = Header { kid: Some(key.id.clone()), ..Header::new(algorithm) };
        jsonwebtoken::encode(&header, &good, &public).unwrap()
    };
    let none = json!({ "alg": "none" });
    let brought = json!({ "alg": "ES256", "jwk": foreign.public() });
    vec![
        ("no algorithm", raw(&none, &good, ""), INVALID),
        ("an algorithm that nobody knows", header(json!({ "alg": "XX999" })), INVALID),
        ("HS256 with the public key", hmac(Algorithm::HS256), INVALID),
        ("HS512 with the public key", hmac(Algorithm::HS512), INVALID),
        ("another algorithm of the issuer", ed.sign(&good), INVALID),
        ("a key that the issuer lacks", foreign.sign(&good), INVALID),
        (
            "a foreign key under the issuer's kid",
            TestKey { id: key.id.clone(), ..foreign.clone() }.sign(&good),
            INVALID,
        ),
        ("a kid that is no text", header(json!({ "kid": 7 })), INVALID),
        ("a kid like a path", header(json!({ "kid": "../../dev/null" })), INVALID),
        ("keys brought along (jwk)", signed_with(foreign, &brought, &good), INVALID),
        (
            "keys from elsewhere (jku)",
            signed_with(
                foreign,
                &json!({ "alg": "ES256", "kid": "f", "jku": "https://evil.example/keys" }),
                &claims(&json!({})),
            ),
            INVALID,
        ),
        ("a critical extension", header(json!({ "crit": ["b64"], "b64": false })), INVALID),
        ("another kind of JWT", header(json!({ "typ": "logout+jwt" })), INVALID),
        ("an id token by its type", header(json!({ "typ": "id_token+jwt" })), INVALID),
        ("a token within a token", header(json!({ "cty": "JWT" })), INVALID),
    ]
}

fn bad_signatures(key: &TestKey) -> Vec<Bad> {
    let good = key.sign(&claims(&json!({})));
    let (head, signature) = good.rsplit_once('.').unwrap();
    let (first, payload) = head.split_once('.').unwrap();
    let other = key.sign(&claims(&json!({ "roles": ["administrator"] })));
    let other_payload = other.split('.').nth(1).unwrap();
    let cut: String = signature.chars().take(40).collect();
    let signed_none = raw(&json!({ "alg": "none" }), &claims(&json!({})), signature);
    vec![
        ("no algorithm, and a signature", signed_none, INVALID),
        ("another payload", format!("{first}.{other_payload}.{signature}"), INVALID),
        ("no signature", format!("{first}.{payload}."), INVALID),
        ("a signature that is cut", format!("{head}.{cut}"), INVALID),
        ("a signature of zeros", format!("{head}.{}", URL_SAFE_NO_PAD.encode([0; 64])), INVALID),
        ("two parts", head.to_owned(), INVALID),
        ("four parts", format!("{good}.{signature}"), INVALID),
        ("five parts, as an encrypted token has", "a.b.c.d.e".to_owned(), INVALID),
        ("two tokens", format!("{good}.{good}"), INVALID),
        ("no base64", "a$.b$.c$".to_owned(), INVALID),
    ]
}

fn bad_claims(key: &TestKey) -> Vec<Bad> {
    let with = |changes: Value| key.sign(&claims(&changes));
    let list = signed_with(key, &json!({ "alg": "ES256", "kid": key.id }), &json!([1, 2]));
    vec![
        ("claims that are a list", list, INVALID),
        ("huge", with(json!({ "padding": "x".repeat(20_000) })), INVALID),
        ("an issuer without its slash", with(json!({ "iss": "https://issuer.example" })), INVALID),
        ("another issuer", with(json!({ "iss": "https://evil.example/" })), INVALID),
        ("no issuer", with(json!({ "iss": null })), INVALID),
        ("an issuer that is a list", with(json!({ "iss": [ISSUER] })), INVALID),
        ("another audience", with(json!({ "aud": "https://other.example" })), INVALID),
        ("no audience", with(json!({ "aud": null })), INVALID),
        ("two audiences", with(json!({ "aud": [AUDIENCE, "https://other.example"] })), INVALID),
        ("no audience in a list", with(json!({ "aud": [] })), INVALID),
        ("expired", with(json!({ "exp": now() - 60 })), INVALID),
        ("no expiry", with(json!({ "exp": null })), INVALID),
        ("an expiry that is text", with(json!({ "exp": "soon" })), INVALID),
        ("a negative expiry", with(json!({ "exp": -1 })), INVALID),
        ("not yet valid", with(json!({ "nbf": now() + 60 })), INVALID),
        ("issued in the future", with(json!({ "iat": now() + 3600 })), INVALID),
        ("no municipality", with(json!({ "consumer": null })), UNKNOWN),
        ("a number that is none", with(json!({ "consumer": { "ID": "0192:123456789" } })), UNKNOWN),
        (
            "a municipality that the issuer does not speak for",
            with(json!({ "consumer": { "ID": format!("0192:{SARPSBORG}") } })),
            UNKNOWN,
        ),
        ("another authority", with(json!({ "consumer": { "ID": format!("9908:{FREDRIKSTAD}") } })), UNKNOWN),
        ("a municipality that is a number", with(json!({ "consumer": { "ID": 940_039_541 } })), UNKNOWN),
        ("no scope of ours", with(json!({ "scope": "other:things" })), NO_SCOPE),
        ("no scope at all", with(json!({ "scope": null })), NO_SCOPE),
        ("a scope that only begins like ours", with(json!({ "scope": "projects:readall" })), NO_SCOPE),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_token_is_refused_said_why_and_audited() {
    let (key, ed, foreign) = (TestKey::ec("ec"), TestKey::ed("ed"), TestKey::ec("foreign"));
    let server = IssuerServer::start(&[&key, &ed]);
    let app = TestApp::trusting(&json!([generic(&json!({ "url": format!("{}/keys", server.url) }))])).await;
    let table = [bad_heads(&key, &ed, &foreign), bad_signatures(&key), bad_claims(&key)].concat();
    assert!(table.len() >= 45, "{}", table.len());
    for (name, token, (status, code)) in &table {
        let answer = app.bearing(Some(token.clone())).get("/v1/projects").await;
        assert_eq!(
            (answer.status.as_u16(), &answer.body["code"]),
            (*status, &json!(code)),
            "{name}: {:#}",
            answer.body
        );
        let challenge = match *code {
            "invalid-token" => "Bearer realm=\"glomma\", error=\"invalid_token\"",
            "insufficient-scope" => {
                "Bearer realm=\"glomma\", error=\"insufficient_scope\", scope=\"projects:read\""
            }
            _ => "",
        };
        assert_eq!(answer.header("www-authenticate"), challenge, "{name}");
        let told = answer.body.to_string();
        assert!(!told.contains(token.as_str()), "{name}: the token is told back");
    }
    app.bearing(Some(key.sign(&claims(&json!({}))))).get("/v1/projects").await.expect(200);
    let owner = app.database.owner().await;
    let count = "SELECT coalesce(sum((entry::json ->> 'times')::int), 0) FROM audit_entry \
        WHERE entry::json ->> 'outcome' = 'refused' AND entry::json ->> 'route' = '/v1/projects'";
    let audited = async || {
        let sum: i64 = owner.query_one(count, &[]).await.unwrap().get(0);
        (sum == i64::try_from(table.len()).unwrap()).then_some(())
    };
    app.eventually(audited).await;
    let of_municipality =
        "SELECT count(*) FROM audit_entry WHERE entry::json ->> 'outcome' = 'refused' AND chain = $1";
    let known: i64 = owner.query_one(of_municipality, &[&FREDRIKSTAD]).await.unwrap().get(0);
    assert!(known > 0, "who is known by a good token is refused in its own trail");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_token_gives_its_municipality_and_the_scopes_of_its_roles() {
    let key = TestKey::ec("ec");
    let server = IssuerServer::start(&[&key]);
    let app =
        TestApp::trusting(&json!([generic(&json!({ "metadata": format!("{}/metadata", server.url) }))]))
            .await;
    let may = async |changes: Value| {
        let caller = app.bearing(Some(key.sign(&claims(&changes))));
        let [read, write] =
            [caller.get("/v1/projects").await, caller.post("/v1/projects", idea("Nytt prosjekt")).await];
        (read.status.as_u16(), write.status.as_u16())
    };
    assert_eq!(may(json!({})).await, (200, 201));
    assert_eq!(may(json!({ "aud": [AUDIENCE] })).await, (200, 201));
    assert_eq!(may(json!({ "roles": null })).await, (200, 403), "the default role reads");
    assert_eq!(may(json!({ "scope": "projects:read" })).await, (200, 403), "scopes narrow");
    assert_eq!(
        may(json!({ "roles": ["administrator"] })).await,
        (200, 403),
        "our names mean nothing where they are mapped"
    );
    let named =
        app.bearing(Some(key.sign(&claims(&json!({}))))).request(reqwest::Method::GET, "/v1/projects");
    let other = app.anonymous().send(named.header("glomma-municipality", SARPSBORG)).await;
    other.refused(403, "unknown-municipality");
}

/// Whether a server that answers its keys so leaves the known key good and makes no other good, having been asked.
async fn lie(lie: Answer) {
    let (key, next) = (TestKey::ec("one"), TestKey::ec("two"));
    let server = IssuerServer::start(&[&key]);
    let app = TestApp::trusting(&json!([generic(&json!({ "url": format!("{}/keys", server.url) }))])).await;
    let status = async |key: &TestKey| {
        app.bearing(Some(key.sign(&claims(&json!({}))))).get("/v1/projects").await.status.as_u16()
    };
    let said = format!("{lie:?}");
    server.answer(lie);
    let asked = server.asked();
    let (unknown, known) = tokio::join!(status(&next), async {
        let began = std::time::Instant::now();
        (status(&key).await, began.elapsed())
    });
    assert_eq!(server.asked(), asked + 1, "it was asked for the unknown key: {said}");
    assert!([401, 503].contains(&unknown), "{said}");
    assert!(
        known.0 == 200 && known.1 < Duration::from_secs(3),
        "nobody waits for a key that is known: {said}"
    );
    for _ in 0..30 {
        assert!([401, 503].contains(&status(&next).await));
        assert_eq!(status(&key).await, 200);
    }
    assert!(server.asked() <= asked + 3, "unknown keys make it be asked seldom: {said}");
    server.stop().await;
    assert_eq!(status(&key).await, 200, "also when it is gone: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_cannot_be_read_refuse_nothing_that_the_old_ones_can_serve() {
    let lies = [
        Answer::Status(500),
        Answer::Text("<html>maintenance</html>".to_owned()),
        Answer::Keys(Vec::new()),
        Answer::Text(" ".repeat(1024 * 1024)),
        Answer::Redirect("https://evil.example/keys".to_owned()),
        Answer::Keys(vec![json!({ "kty": "oct", "kid": "two", "alg": "HS256", "k": "c2VjcmV0" })]),
        Answer::Slow(Duration::from_secs(30), Vec::new()),
    ];
    futures_util::future::join_all(lies.map(lie)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_rotate_under_load_refuse_no_valid_request() {
    let mut keys = vec![TestKey::ec("0")];
    let server = IssuerServer::start(&[&keys[0]]);
    let app = TestApp::trusting(&json!([generic(&json!({ "url": format!("{}/keys", server.url) }))])).await;
    for turn in 1..=3 {
        // The new one is published beside the old, as issuers do, and signs at once.
        keys.push(TestKey::ec(&turn.to_string()));
        server.publish(&[&keys[turn - 1], &keys[turn]]);
        let requests = (0..40).map(|nth| {
            let token = keys[turn - nth % 2].sign(&claims(&json!({})));
            async { app.bearing(Some(token)).get("/v1/projects").await.status.as_u16() }
        });
        let answers = futures_util::future::join_all(requests).await;
        assert!(answers.iter().all(|status| *status == 200), "turn {turn}: {answers:?}");
        // Longer than the shortest time between two questions.
        tokio::time::sleep(Duration::from_millis(2100)).await;
    }
    let foreign = TestKey::ec("2").sign(&claims(&json!({})));
    app.bearing(Some(foreign)).get("/v1/projects").await.refused(401, "invalid-token");
}

#[tokio::test(flavor = "multi_thread")]
async fn issuers_are_read_anew_without_refusing_a_valid_request() {
    let (old, new) = (TestKey::ec("old"), TestKey::ec("new"));
    let (one, two) = (IssuerServer::start(&[&old]), IssuerServer::start(&[&new]));
    let entry = |name: &str, server: &IssuerServer| {
        let keys = json!({ "url": format!("{}/keys", server.url) });
        changed(generic(&keys), &json!({ "issuer": name }))
    };
    let app = TestApp::trusting(&json!([entry(ISSUER, &one)])).await;
    let status = async |key: &TestKey, issuer: &str| {
        let token = key.sign(&claims(&json!({ "iss": issuer })));
        app.bearing(Some(token)).get("/v1/projects").await.status.as_u16()
    };
    let second = "https://second.example/";
    app.rewrite_issuers(&json!([{ "issuer": "broken" }]));
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!(status(&old, ISSUER).await, 200, "a file that is wrong changes nothing");
    app.rewrite_issuers(&json!([entry(ISSUER, &one), entry(second, &two)]));
    let known = async || {
        assert_eq!(status(&old, ISSUER).await, 200);
        (status(&new, second).await == 200).then_some(())
    };
    app.eventually(known).await;
    app.rewrite_issuers(&json!([entry(second, &two)]));
    let gone = async || {
        assert_eq!(status(&new, second).await, 200);
        (status(&old, ISSUER).await == 401).then_some(())
    };
    app.eventually(gone).await;
}

#[test]
fn an_issuer_that_is_configured_unsafely_stops_the_start() {
    let folder = std::env::temp_dir().join(format!("glomma-issuer-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("issuers.json");
    let good = generic(&json!({ "url": "https://issuer.example/jwks" }));
    let read = |issuers: Value| {
        std::fs::write(&file, issuers.to_string()).unwrap();
        glomma::platform::auth::issuer::read(&file)
    };
    for changes in [
        json!({ "audience": [] }),
        json!({ "algorithms": [] }),
        json!({ "algorithms": ["HS256"] }),
        json!({ "algorithms": ["none"] }),
        json!({ "keys": { "url": "http://issuer.example/jwks" } }),
        json!({ "keys": { "metadata": "http://issuer.example/" } }),
        json!({ "tenant": "/x" }),
        json!({ "preset": { "generic": { "municipalities": "all", "municipality": "/x" } } }),
        json!({ "preset": { "generic": { "municipalities": ["123456789"], "municipality": "/x" } } }),
        json!({ "preset": { "maskinporten": { "scopes": { "x": "operator" } } } }),
        json!({ "preset": { "entra": { "tenants": { "x": "940039541" }, "app_roles": {}, "more": 1 } } }),
    ] {
        assert!(read(json!([changed(good.clone(), &changes)])).is_err(), "{changes}");
    }
    assert!(read(json!([good, good])).is_err(), "listed twice");
    read(json!([good])).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
}
