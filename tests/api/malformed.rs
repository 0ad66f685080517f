//! Spoilt requests for every operation, made from the document, until a hundred of them were refused: never a 5xx,
//! always a problem.

use std::fmt::Write;

use glomma::platform::auth::permission::Role;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{Answer, Client, Contract, FREDRIKSTAD, Operation, TestApp, complete};

/// Refused requests for each operation.
const EACH: usize = 100;
/// Some of what is sent is right by chance.
const AT_MOST: usize = 2000;

/// Reproducible noise (splitmix64).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }

    fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }

    /// A value of a wrong type, length or kind.
    fn value(&mut self) -> Value {
        let values = [
            json!(null),
            json!(true),
            json!(-1),
            json!(1e308),
            json!(9_223_372_036_854_775_807_i64),
            json!(""),
            json!("x".repeat(20_000)),
            json!("\u{0}"),
            json!("\u{202e}\u{1f6f6}"),
            json!([]),
            json!([[[[]]]]),
            json!([null]),
            json!({}),
            json!({ "": null }),
            json!("2025-13-45"),
            json!("'; DROP TABLE project --"),
            Value::from(vec!["a"; 200]),
            json!({ "title": { "title": [] } }),
            json!(3.7),
            json!("../../etc/passwd"),
        ];
        self.pick(&values).clone()
    }

    /// Text for a path or a query, percent-encoded as badly as the values are.
    fn text(&mut self) -> String {
        let texts = [
            "",
            "%00",
            "%FF%FE",
            "%C0%AF",
            "..%2F..",
            "%",
            "0",
            "-1",
            "1e9",
            "99999999999999999999",
            "null",
            "[]",
            "*",
            "00000000-0000-0000-0000-00000000000",
            "%F0%9F%9B%B6",
            "a%20b",
            "%27%3B--",
            "true",
            "..",
            "%2e%2e%2f",
        ];
        match self.below(12) {
            0 => "x".repeat(3000),
            _ => (*self.pick(&texts)).to_owned(),
        }
    }
}

fn path(noise: &mut Noise, operation: &Operation<'_>, id: &str) -> String {
    let text = noise.text();
    let mut path = if noise.below(2) == 0 { operation.filled(&text) } else { operation.filled(id) };
    let query: Vec<&str> = operation
        .parameters()
        .iter()
        .filter(|parameter| parameter["in"] == "query")
        .map(|parameter| parameter["name"].as_str().unwrap())
        .collect();
    for nth in 0..noise.below(4) {
        let name = if query.is_empty() || noise.below(4) == 0 { "unknown" } else { *noise.pick(&query) };
        let text = noise.text();
        write!(path, "{}{name}={text}", if nth == 0 { '?' } else { '&' }).unwrap();
    }
    path
}

/// A good body with one member spoilt, or none at all.
fn body(noise: &mut Noise, good: &Value) -> Vec<u8> {
    match noise.below(10) {
        0 => Vec::new(),
        1 => b"{\"title\":\"\xff\xfe\"}".to_vec(),
        2 => vec![b'['; 5000],
        3 => vec![b'a'; 300_000],
        4 => noise.value().to_string().into_bytes(),
        5 => {
            let text = good.to_string().into_bytes();
            let at = noise.below(text.len());
            text[..at].to_vec()
        }
        6 => {
            let mut text = good.to_string().into_bytes();
            let at = noise.below(text.len());
            text[at] = u8::try_from(noise.below(256)).unwrap();
            text
        }
        _ => {
            let mut spoilt = good.clone();
            let names: Vec<String> = spoilt.as_object().unwrap().keys().cloned().collect();
            let name = if noise.below(5) == 0 { "unknown".to_owned() } else { noise.pick(&names).clone() };
            spoilt[name] = noise.value();
            spoilt.to_string().into_bytes()
        }
    }
}

fn spoil(noise: &mut Noise, mut request: RequestBuilder, operation: &Operation<'_>) -> RequestBuilder {
    if noise.below(3) > 0 {
        request = request.header(
            "if-match",
            *noise.pick(&["*", "\"p-1\"", "W/\"p-1\"", "p-1", "\"\"", ",", "\"p-99999999999999999999\""]),
        );
    }
    if noise.below(8) == 0 {
        request =
            request.header("accept-language", *noise.pick(&["nn;q=x", ";;;", "en;q=1e400", ",,,,", "*"]));
    }
    if operation.has_body() {
        let good = operation.spec["requestBody"]["content"].as_object().unwrap().keys().next().unwrap();
        let media_type = match noise.below(6) {
            0 => *noise.pick(&[
                "text/plain",
                "application/xml",
                "",
                "application/json;;",
                "multipart/form-data",
            ]),
            _ => good.as_str(),
        };
        let content = match operation.id() {
            "publish_project" => json!({ "audience": "public", "note": "x" }),
            "imitate_publication" => {
                json!({ "mode": "copied", "intent": "will_do", "reason": "x", "also_from": [] })
            }
            "check_plan" => json!({ "title": "Fallsensorer", "need": "x", "tags": [] }),
            _ => complete("Fallsensorer"),
        };
        request = request.header("content-type", media_type).body(body(noise, &content));
    }
    request
}

/// A refusal is a problem, or, of the token endpoint, what RFC 6749 has.
fn judge(operation: &Operation<'_>, answer: &Answer, path: &str) {
    let (status, media_type) = (answer.status.as_u16(), answer.header("content-type"));
    if operation.id() == "issue_token" && media_type == "application/json" {
        assert!(
            answer.body["error"].is_string() && answer.body["error_description"].is_string(),
            "{}",
            answer.body
        );
        return;
    }
    assert_eq!(media_type, "application/problem+json", "{} {path}", operation.id());
    assert!(answer.body["code"].is_string() && answer.body["status"] == status, "{}", answer.body);
}

async fn bombard(caller: &Client, operation: &Operation<'_>, id: &str, seed: u64) -> usize {
    let mut noise = Noise(seed);
    let mut refused = 0;
    for _ in 0..AT_MOST {
        if refused == EACH {
            break;
        }
        let path = path(&mut noise, operation, id);
        let request = spoil(&mut noise, caller.request(operation.method.clone(), &path), operation);
        let answer = caller.send(request).await;
        let status = answer.status.as_u16();
        assert!(status < 500, "{} {path}: {status} {}", operation.id(), answer.body);
        if status >= 400 {
            judge(operation, &answer, &path);
            refused += 1;
        }
    }
    refused
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_requests_are_never_a_fault_of_ours() {
    let app = TestApp::start().await;
    let caller = app.with(FREDRIKSTAD, Role::Administrator);
    let (id, _) = caller.publish_new(complete("Fallsensorer"), "public").await;
    let operator_caller = app.operator();
    for (seed, operation) in (1..).zip(Contract::get().operations()) {
        let operator = operation.scope() == Some("platform:write");
        let refused = bombard(if operator { &operator_caller } else { &caller }, &operation, &id, seed).await;
        assert_eq!(refused, EACH, "{}", operation.id());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_headers_are_never_a_fault_of_ours() {
    let app = TestApp::start().await;
    for authorization in
        ["", "Bearer", "Bearer ", "Basic eDp5", "bearer a.b.c", "Bearer \u{e6}\u{f8}\u{e5}", "Bearer a b c"]
    {
        let request = app
            .anonymous()
            .request(Method::GET, "/v1/projects")
            .header("authorization", authorization.as_bytes());
        let answer = app.anonymous().send(request).await;
        assert_eq!(answer.status.as_u16(), 401, "{authorization:?}");
    }
    let huge = app
        .anonymous()
        .request(Method::GET, "/v1/projects")
        .header("authorization", format!("Bearer {}", "a".repeat(50_000)));
    assert_eq!(app.anonymous().send(huge).await.status.as_u16(), 401);
}
