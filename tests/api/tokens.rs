//! Tokens of configured issuers: checked by the issuer's own keys and algorithms.

use std::{fs, net::TcpListener, path::PathBuf, time::Duration};

use actix_web::{App, HttpResponse, HttpServer, web};
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair},
};
use glomma::platform::{
    auth::{
        Identity, Verifier,
        issuer::{self, Issuer},
    },
    error::Error,
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::FREDRIKSTAD;

/// An issuer of our own, with two keys.
struct Foreign {
    folder: PathBuf,
    ec: EncodingKey,
    ed: EncodingKey,
}

impl Foreign {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("glomma-issuer-{}", Uuid::now_v7()));
        fs::create_dir_all(&folder).unwrap();
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let ec = EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref());
        let pair = Ed25519KeyPair::generate().unwrap();
        let ed = EncodingKey::from_ed_der(AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).unwrap().as_ref());
        Self { folder, ec, ed }
    }

    fn keys(&self) -> Value {
        let key = |key: &EncodingKey, algorithm, id: &str| {
            let mut jwk = Jwk::from_encoding_key(key, algorithm).unwrap();
            jwk.common.key_id = Some(id.to_owned());
            serde_json::to_value(jwk).unwrap()
        };
        json!({ "keys": [key(&self.ec, Algorithm::ES256, "ec"), key(&self.ed, Algorithm::EdDSA, "ed")] })
    }

    /// As Maskinporten's tokens are, with roles of its own.
    fn issuers(&self, keys: &Value) -> Vec<Issuer> {
        let file = self.folder.join("issuers.json");
        let issuer = json!([{
            "issuer": "https://issuer.example/", "audience": ["https://glomma.example"], "keys": keys,
            "algorithms": ["ES256"], "municipalities": [FREDRIKSTAD], "municipality": "/consumer/ID", "roles": "/roles",
            "role_names": { "Publisher": "coordinator" }, "default_role": "reader", "scopes": "/scope"
        }]);
        fs::write(&file, issuer.to_string()).unwrap();
        issuer::read(&file).unwrap()
    }

    async fn verifier(&self) -> Verifier {
        let file = self.folder.join("keys.json");
        fs::write(&file, self.keys().to_string()).unwrap();
        Verifier::new(self.issuers(&json!({ "file": file }))).await
    }

    fn token(&self, changes: &Value) -> String {
        Self::signed(Algorithm::ES256, "ec", &self.ec, changes)
    }

    fn signed(algorithm: Algorithm, kid: &str, key: &EncodingKey, changes: &Value) -> String {
        let mut header = Header::new(algorithm);
        header.kid = Some(kid.to_owned());
        encode(&header, &claims(changes), key).unwrap()
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.folder));
    }
}

fn now() -> u64 {
    jsonwebtoken::get_current_timestamp()
}

/// The claims of a good token with some of them changed; null takes one away.
fn claims(changes: &Value) -> Value {
    let mut claims = json!({
        "iss": "https://issuer.example/", "aud": "https://glomma.example", "iat": now(), "exp": now() + 120,
        "consumer": { "authority": "iso6523-actorid-upis", "ID": format!("0192:{FREDRIKSTAD}") },
        "roles": ["Publisher", "Something else"],
        "scope": "publications:read publications:write projects:read projects:write other:things"
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let kept = claims.as_object().unwrap().iter().filter(|(_, value)| !value.is_null());
    Value::Object(kept.map(|(name, value)| (name.clone(), value.clone())).collect())
}

fn code(verified: Result<Identity, Error>) -> &'static str {
    match verified {
        Ok(_) => "accepted",
        Err(error) => error.code().code(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_token_gives_its_municipality_and_the_scopes_of_its_roles() {
    let foreign = Foreign::new();
    let verifier = foreign.verifier().await;
    let identity = verifier.verify(&foreign.token(&json!({}))).unwrap();
    assert_eq!(identity.municipality.to_string(), FREDRIKSTAD);
    assert!(identity.scopes.contains("publications:write"));
    let reader = verifier.verify(&foreign.token(&json!({ "roles": null }))).unwrap();
    assert_eq!(reader.scopes, ["projects:read", "publications:read"].into());
    let narrowed =
        verifier.verify(&foreign.token(&json!({ "scope": "projects:read projects:writeall" }))).unwrap();
    assert_eq!(narrowed.scopes, ["projects:read"].into(), "scopes are whole words and can only narrow");
    let stranger = verifier.verify(&foreign.token(&json!({ "roles": ["administrator"] }))).unwrap();
    let unscoped = verifier.verify(&foreign.token(&json!({ "scope": null }))).unwrap();
    assert!(unscoped.scopes.is_empty(), "where scopes are asked for, a token without any may do nothing");
    assert!(
        !stranger.scopes.contains("projects:write"),
        "our own role names mean nothing where they are mapped"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_wrong_in_any_way_is_refused() {
    let foreign = Foreign::new();
    let verifier = foreign.verifier().await;
    let table = [
        (json!({ "iss": "https://issuer.example" }), "invalid-token"),
        (json!({ "iss": null }), "invalid-token"),
        (json!({ "aud": "https://other.example" }), "invalid-token"),
        (json!({ "aud": null }), "invalid-token"),
        (json!({ "exp": now() - 60 }), "invalid-token"),
        (json!({ "exp": null }), "invalid-token"),
        (json!({ "exp": "soon" }), "invalid-token"),
        (json!({ "nbf": now() + 60 }), "invalid-token"),
        (json!({ "aud": ["https://other.example", "https://glomma.example"] }), "accepted"),
        (json!({ "consumer": null }), "unknown-municipality"),
        (json!({ "consumer": { "ID": "0192:123456789" } }), "unknown-municipality"),
        (json!({ "consumer": { "ID": "0192:938801363" } }), "unknown-municipality"),
        (json!({ "iat": now() + 3600 }), "invalid-token"),
        (json!({ "consumer": { "ID": "9908:940039541" } }), "unknown-municipality"),
        (json!({ "consumer": { "ID": 940_039_541 } }), "unknown-municipality"),
    ];
    for (changes, expected) in table {
        assert_eq!(code(verifier.verify(&foreign.token(&changes))), expected, "{changes}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_that_is_not_the_issuer_s_is_refused() {
    let foreign = Foreign::new();
    let verifier = foreign.verifier().await;
    let good = foreign.token(&json!({}));
    let (head, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = head.split_once('.').unwrap();
    let other = foreign.token(&json!({ "roles": ["Publisher"], "consumer": { "ID": "0192:938801363" } }));
    let other_payload = other.split('.').nth(1).unwrap();
    let hmac = EncodingKey::from_secret(foreign.keys().to_string().as_bytes());
    let none = "eyJhbGciOiJub25lIn0";
    for forged in [
        format!("{header}.{other_payload}.{signature}"),
        format!("{none}.{payload}."),
        format!("{header}.{payload}."),
        Foreign::signed(Algorithm::HS256, "ec", &hmac, &json!({})),
        Foreign::signed(Algorithm::EdDSA, "ed", &foreign.ed, &json!({})),
        Foreign::signed(Algorithm::ES256, "ed", &foreign.ec, &json!({})),
        Foreign::signed(Algorithm::ES256, "unknown", &foreign.ec, &json!({})),
        Foreign::new().token(&json!({})),
        format!("{good}.{good}"),
        "a.b.c".to_owned(),
        String::new(),
        "é".repeat(5000),
    ] {
        assert_eq!(code(verifier.verify(&forged)), "invalid-token", "{forged}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_read_from_an_address_and_an_issuer_without_keys_accepts_nothing() {
    let foreign = Foreign::new();
    let keys = foreign.keys().to_string();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/jwks", listener.local_addr().unwrap());
    let server = HttpServer::new(move || {
        let keys = keys.clone();
        App::new()
            .route("/jwks", web::get().to(move || std::future::ready(HttpResponse::Ok().body(keys.clone()))))
    });
    let server = server.workers(1).disable_signals().listen(listener).unwrap().run();
    let handle = server.handle();
    tokio::task::spawn(server);
    let verifier = Verifier::new(foreign.issuers(&json!({ "url": url }))).await;
    assert_eq!(code(verifier.verify(&foreign.token(&json!({})))), "accepted");
    handle.stop(false).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let verifier = Verifier::new(foreign.issuers(&json!({ "url": url }))).await;
    assert_eq!(code(verifier.verify(&foreign.token(&json!({})))), "invalid-token");
}

#[test]
fn an_issuer_that_is_configured_unsafely_stops_the_start() {
    let foreign = Foreign::new();
    let file = foreign.folder.join("unsafe.json");
    let good = json!({
        "issuer": "https://issuer.example/", "audience": ["glomma"], "keys": { "url": "https://issuer.example/jwks" },
        "algorithms": ["ES256"], "municipalities": "any", "municipality": "/consumer/ID"
    });
    for (member, value) in [
        ("audience", json!([])),
        ("algorithms", json!([])),
        ("algorithms", json!(["HS256"])),
        ("keys", json!({ "url": "http://issuer.example/jwks" })),
        ("tenant", json!("/x")),
        ("municipalities", json!("all")),
        ("municipalities", json!(["123456789"])),
    ] {
        let mut issuer = good.clone();
        issuer[member] = value.clone();
        fs::write(&file, json!([issuer]).to_string()).unwrap();
        assert!(issuer::read(&file).is_err(), "{member}: {value}");
    }
    fs::write(&file, json!([good]).to_string()).unwrap();
    issuer::read(&file).unwrap();
}
