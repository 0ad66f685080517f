//! What a browser, a proxy and a stranger are told.

use std::{path::Path, process::Command};

use reqwest::{Certificate, Method};

use crate::support::{
    FREDRIKSTAD, TestApp, idea,
    service::{Folder, Service},
};

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_the_headers_that_keep_browsers_from_mischief() {
    let app = TestApp::start().await;
    for path in
        ["/v1/publications", "/v1/projects", "/no/such/path", "/health/live", "/docs/", "/openapi.json"]
    {
        let answer = app.anonymous().request(Method::GET, path).send().await.unwrap();
        let header = |name: &str| answer.headers().get(name).map_or("", |value| value.to_str().unwrap());
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{path}");
        assert!(header("strict-transport-security").starts_with("max-age="), "{path}");
        let policy = header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}");
        let scripts = policy.contains("script-src 'self'");
        assert_eq!(scripts, path == "/docs/", "only the documentation runs scripts: {path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_to_tell_of_a_weakness_is_said() {
    let app = TestApp::start().await;
    let answer = app.anonymous().request(Method::GET, "/.well-known/security.txt").send().await.unwrap();
    let text = answer.text().await.unwrap();
    for line in [
        "Contact: mailto:sikkerhet@kommune.example",
        "Preferred-Languages: nb, nn, en",
        "Canonical: https://api.example/.well-known/security.txt",
    ] {
        assert!(text.lines().any(|said| said == line), "{text}");
    }
    let expires = text.lines().find_map(|line| line.strip_prefix("Expires: ")).unwrap();
    let days = (expires.parse::<chrono::DateTime<chrono::Utc>>().unwrap()
        - glomma::platform::clock::Clock.now())
    .num_days();
    assert!((1..365).contains(&days), "{expires}");
}

/// A certificate of our own, as an operator would make one for a test.
fn certificate(folder: &Path, name: &str) -> (String, String) {
    std::fs::create_dir_all(folder).unwrap();
    let [chain, key] =
        ["crt", "key"].map(|kind| folder.join(format!("{name}.{kind}")).to_str().unwrap().to_owned());
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
        ])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", &key, "-out", &chain])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    (chain, key)
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_is_served_by_a_certificate_and_plain_http_is_not() {
    let folder = Folder::new();
    let (chain, key) = certificate(&folder.0, "one");
    let (_, other) = certificate(&folder.0, "two");
    let trusted = Certificate::from_pem(&std::fs::read(&chain).unwrap()).unwrap();
    let client = reqwest::Client::builder().tls_certs_only([trusted]).build().unwrap();
    let service = Service::start_tls(&folder.0, (&chain, &key), &client).await;
    let answer = client.get(service.tls_url("/v1/regions")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(reqwest::get(service.tls_url("/v1/regions")).await.is_err(), "a stranger does not trust it");
    assert!(
        reqwest::get(service.tls_url("/v1/regions").replace("https", "http"))
            .await
            .is_err_and(|fault| !fault.is_timeout())
    );
    let mismatched = Service::refuses_to_start(
        &folder.0.join("other"),
        &["--tls-certificate", &chain, "--tls-key", &other],
    );
    assert!(mismatched.contains("do not belong together"), "{mismatched}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_never_said_back_and_an_error_says_nothing_of_the_inside() {
    let app = TestApp::start().await;
    let token = app.token(FREDRIKSTAD, glomma::platform::auth::permission::Role::Coordinator, None);
    let broken = format!("{token}x");
    for (token, path) in [
        (&broken, "/v1/projects"),
        (&token, "/v1/projects/nonsense"),
        (&token, "/v1/projects?limit=a"),
        (&token, "/v1/nowhere"),
    ] {
        let answer = app.bearing(Some(token.clone())).request(Method::GET, path).send().await.unwrap();
        let text = answer.text().await.unwrap();
        for inside in [token.as_str(), "SELECT", "panicked", "src/", "tokio", "diesel", "postgres"] {
            assert!(!text.contains(inside), "{path}: {text}");
        }
    }
    app.of(FREDRIKSTAD).create(idea("Går bra")).await;
}
