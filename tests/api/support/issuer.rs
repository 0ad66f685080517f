//! An issuer of our own: keys, and a server that publishes them, well or badly.

use std::{
    net::TcpListener,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use actix_web::{App, HttpResponse, HttpServer, web};
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::{KeyPair, KeySize},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use serde_json::{Value, json};

use super::FREDRIKSTAD;

/// A private key and its algorithm.
#[derive(Clone)]
pub(crate) struct TestKey {
    pub(crate) id: String,
    pub(crate) algorithm: Algorithm,
    pub(crate) private: EncodingKey,
}

impl TestKey {
    pub(crate) fn ec(id: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let private = EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref());
        Self { id: id.to_owned(), algorithm: Algorithm::ES256, private }
    }

    pub(crate) fn ed(id: &str) -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        let private = EncodingKey::from_ed_der(AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).unwrap().as_ref());
        Self { id: id.to_owned(), algorithm: Algorithm::EdDSA, private }
    }

    pub(crate) fn rsa(id: &str) -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        // PKCS 8 around PKCS 1, which is what a token is signed by: 26 bytes of wrapping for this size.
        let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).unwrap();
        Self {
            id: id.to_owned(),
            algorithm: Algorithm::RS256,
            private: EncodingKey::from_rsa_der(&der.as_ref()[26..]),
        }
    }

    pub(crate) fn public(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.private, self.algorithm).unwrap();
        jwk.common.key_id = Some(self.id.clone());
        serde_json::to_value(jwk).unwrap()
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_as(&Header { kid: Some(self.id.clone()), ..Header::new(self.algorithm) }, claims)
    }

    pub(crate) fn sign_as(&self, header: &Header, claims: &Value) -> String {
        encode(header, claims, &self.private).unwrap()
    }
}

/// What the server answers when it is asked for its keys.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Keys(Vec<Value>),
    Text(String),
    Status(u16),
    Redirect(String),
    Slow(Duration, Vec<Value>),
}

/// The server: `/keys` has the keys, `/metadata` says where they are.
pub(crate) struct IssuerServer {
    pub(crate) url: String,
    answer: Arc<Mutex<Answer>>,
    asked: Arc<AtomicUsize>,
    handle: actix_web::dev::ServerHandle,
}

impl IssuerServer {
    pub(crate) fn start(keys: &[&TestKey]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answer = Arc::new(Mutex::new(Answer::Keys(Vec::new())));
        let asked = Arc::new(AtomicUsize::new(0));
        let (shown, counted, own) = (answer.clone(), asked.clone(), url.clone());
        let server = HttpServer::new(move || {
            let (shown, counted, own) = (shown.clone(), counted.clone(), own.clone());
            let keys = move || {
                counted.fetch_add(1, Ordering::SeqCst);
                let now = shown.lock().unwrap().clone();
                answer_with(now)
            };
            let metadata = move || {
                let body = json!({ "issuer": ISSUER, "jwks_uri": format!("{own}/keys") });
                async move { HttpResponse::Ok().json(body) }
            };
            App::new().route("/keys", web::get().to(keys)).route("/metadata", web::get().to(metadata))
        });
        let server = server.workers(1).disable_signals().shutdown_timeout(0).listen(listener).unwrap().run();
        let handle = server.handle();
        tokio::task::spawn(server);
        let started = Self { url, answer, asked, handle };
        started.publish(keys);
        started
    }

    pub(crate) fn publish(&self, keys: &[&TestKey]) {
        self.answer(Answer::Keys(keys.iter().map(|key| key.public()).collect()));
    }

    pub(crate) fn answer(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    /// How often it was asked for its keys.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    pub(crate) async fn stop(&self) {
        self.handle.stop(false).await;
    }
}

async fn answer_with(answer: Answer) -> HttpResponse {
    match answer {
        Answer::Keys(keys) => HttpResponse::Ok().json(json!({ "keys": keys })),
        Answer::Text(text) => HttpResponse::Ok().body(text),
        Answer::Status(status) => {
            HttpResponse::build(actix_web::http::StatusCode::from_u16(status).unwrap()).finish()
        }
        Answer::Redirect(to) => HttpResponse::Found().insert_header(("location", to)).finish(),
        Answer::Slow(time, keys) => {
            tokio::time::sleep(time).await;
            HttpResponse::Ok().json(json!({ "keys": keys }))
        }
    }
}

pub(crate) const ISSUER: &str = "https://issuer.example/";
pub(crate) const AUDIENCE: &str = "https://glomma.example";

pub(crate) fn now() -> u64 {
    jsonwebtoken::get_current_timestamp()
}

/// The claims of a good token of the generic kind, with some of them changed; null takes one away.
pub(crate) fn claims(changes: &Value) -> Value {
    changed(
        json!({
            "iss": ISSUER, "aud": AUDIENCE, "iat": now(), "exp": now() + 120, "sub": "somebody", "client_id": "a-client",
            "consumer": { "ID": format!("0192:{FREDRIKSTAD}") }, "roles": ["Publisher", "Something else"],
            "scope": "publications:read publications:write projects:read projects:write other:things"
        }),
        changes,
    )
}

/// `base` with some members changed; null takes one away.
pub(crate) fn changed(mut base: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        base[name] = value.clone();
    }
    base.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    base
}

/// The entry of the issuers' file for the generic kind.
pub(crate) fn generic(keys: &Value) -> Value {
    json!({
        "issuer": ISSUER, "audience": [AUDIENCE], "keys": keys, "algorithms": ["ES256"],
        "preset": { "generic": {
            "municipalities": [FREDRIKSTAD], "municipality": "/consumer/ID", "roles": "/roles",
            "role_names": { "Publisher": "coordinator" }, "default_role": "reader", "scopes": "/scope"
        } }
    })
}
