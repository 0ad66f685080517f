//! The ground that every operation stands on.

use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::support::{Answer, FREDRIKSTAD, TestApp, complete, idea};

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_of_the_framework_is_a_problem_too() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    let json_request = |body: Vec<u8>| {
        caller.request(Method::POST, "/v1/projects").header("content-type", "application/json").body(body)
    };
    let table = [
        (caller.get("/v2/nothing").await, 404, "not-found"),
        (caller.get("/v1/projects/not-an-id").await, 404, "not-found"),
        (caller.get("/v1/municipalities/123").await, 404, "not-found"),
        (caller.send(caller.request(Method::DELETE, "/v1/projects")).await, 405, "method-not-allowed"),
        (
            caller.send(caller.request(Method::POST, "/v1/projects").body("{}")).await,
            415,
            "unsupported-media-type",
        ),
        (caller.send(json_request(b"{\"title\":".to_vec())).await, 400, "malformed-body"),
        (caller.send(json_request(b"{\"title\":\"\xff\"}".to_vec())).await, 400, "malformed-body"),
        (caller.send(json_request(vec![b'['; 10_000])).await, 400, "malformed-body"),
        (caller.send(json_request(vec![b' '; 300_000])).await, 413, "too-large"),
        (caller.get("/v1/projects?fase=idea").await, 400, "invalid-parameter"),
        (caller.get("/v1/projects?limit=101").await, 400, "invalid-parameter"),
        (caller.get("/v1/projects?limit=1&limit=2").await, 400, "invalid-parameter"),
    ];
    for (answer, status, code) in table {
        let answer = answer.refused(status, code);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.body["type"], format!("/problems/{code}"));
        assert_eq!(answer.body["instance"], format!("urn:uuid:{}", answer.header("x-request-id")));
        let explained = caller.get(answer.body["type"].as_str().unwrap()).await.expect(200);
        assert_eq!(explained.body["status"], status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_parameter_or_a_bad_one_is_named() {
    let app = TestApp::start().await;
    for (query, name) in [
        ("areas=smart-kommune", "areas"),
        ("area=smart-by", "area"),
        ("sdg=18", "sdg"),
        ("limit=0", "limit"),
        ("limit=abc", "limit"),
        ("phase=done", "phase"),
        ("municipality=123456789", "municipality"),
        ("facets=colour", "facets"),
        ("sort=best", "sort"),
    ] {
        let refused =
            app.anonymous().get(&format!("/v1/publications?{query}")).await.refused(400, "invalid-parameter");
        let pointer = refused.pointers()[0].to_owned();
        assert!(pointer == name || pointer.starts_with(&format!("{name}/")), "{query}: {pointer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_method_is_told_what_is_allowed() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    let refused = caller.send(caller.request(Method::PUT, "/v1/projects")).await.expect(405);
    assert_eq!(refused.header("allow"), "GET, POST, HEAD, OPTIONS");
    let options = caller.send(caller.request(Method::OPTIONS, "/v1/projects")).await.expect(204);
    assert_eq!(options.header("allow"), "GET, POST, HEAD, OPTIONS");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_is_a_get_without_its_body() {
    let app = TestApp::start().await;
    let get = app.anonymous().get("/v1/regions").await.expect(200);
    let head = app.anonymous().request(Method::HEAD, "/v1/regions").send().await.unwrap();
    assert_eq!(head.status(), 200);
    assert_eq!(head.headers()["content-type"], get.header("content-type"));
    assert_eq!(head.text().await.unwrap(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn titles_follow_the_reader_s_language_and_codes_do_not() {
    let app = TestApp::start().await;
    for (language, title) in
        [("nb", "Finnes ikke"), ("nn-NO", "Finst ikkje"), ("en", "Not found"), ("de", "Finnes ikke")]
    {
        let request =
            app.anonymous().request(Method::GET, "/v1/regions/x").header("accept-language", language);
        let refused = app.anonymous().send(request).await.refused(404, "not-found");
        assert_eq!(refused.body["title"], title, "{language}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_its_standing_headers() {
    let app = TestApp::start().await;
    for path in ["/v1/publications", "/v1/nothing", "/health/live"] {
        let answer = app.anonymous().get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cache-control"), "private, no-cache");
        assert!(answer.header("vary").contains("Authorization"), "{path}");
        assert_eq!(answer.header("x-request-id").len(), 36);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_compressed_for_those_who_ask() {
    let app = TestApp::start().await;
    let request = app.anonymous().request(Method::GET, "/openapi.json").header(header::ACCEPT_ENCODING, "br");
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_ENCODING], "br");
    assert!(response.bytes().await.unwrap().len() < 40_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_of_configured_origins_may_call_and_others_may_not() {
    let app = TestApp::start().await;
    let preflight = async |origin: &str| -> Answer {
        let request = app.anonymous().request(Method::OPTIONS, "/v1/projects").header(header::ORIGIN, origin);
        let request = request.header("access-control-request-method", "PATCH");
        let response =
            request.header("access-control-request-headers", "authorization,if-match").send().await.unwrap();
        Answer { status: response.status(), headers: response.headers().clone(), body: Value::Null }
    };
    let allowed = preflight("https://frontend.example").await.expect(200);
    assert_eq!(allowed.header("access-control-allow-origin"), "https://frontend.example");
    let refused = preflight("https://evil.example").await;
    assert_eq!(refused.header("access-control-allow-origin"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_and_its_reader_are_served_by_the_service_itself() {
    let app = TestApp::start().await;
    let document = app.anonymous().get("/openapi.json").await.expect(200);
    assert_eq!(document.body, glomma::openapi::document());
    let page = app.anonymous().request(Method::GET, "/docs/").send().await.unwrap();
    assert_eq!(page.status(), 200);
    let page = page.text().await.unwrap();
    assert!(page.contains("swagger-ui") && !page.contains("https://"), "nothing comes from elsewhere");
    let moved = app.anonymous().request(Method::GET, "/docs").send().await.unwrap();
    assert_eq!(moved.headers()["location"], "/docs/");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_leaves_no_transaction_behind() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    let (id, etag) = caller.create(complete("Fallsensorer")).await;
    let owner = app.database.owner().await;
    owner.batch_execute("BEGIN; LOCK TABLE project IN ACCESS EXCLUSIVE MODE").await.unwrap();
    for _ in 0..6 {
        let patch = caller.request(Method::PATCH, &format!("/v1/projects/{id}")).header("if-match", &etag);
        let patch =
            patch.header("content-type", "application/merge-patch+json").body("{\"title\":\"Borte\"}");
        let hasty = patch.timeout(std::time::Duration::from_millis(150)).send().await;
        assert!(hasty.is_err());
    }
    owner.batch_execute("COMMIT").await.unwrap();
    let shown = caller.get(&format!("/v1/projects/{id}")).await.expect(200);
    // What was under way may have ended well, but only once, and as a whole.
    let whole = [("Fallsensorer", "\"p-1\""), ("Borte", "\"p-2\"")];
    assert!(whole.contains(&(shown.body["title"].as_str().unwrap(), &*shown.etag())), "{}", shown.body);
    app.anonymous().get("/v1/projects").await.refused(401, "unauthenticated");
    caller.post("/v1/projects", idea("Etterpå")).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_makes_the_service_unready_and_answers_503() {
    let app = TestApp::start().await;
    app.anonymous().get("/health/ready").await.expect(200);
    let owner = app.database.owner().await;
    let name: String = owner.query_one("SELECT current_database()::text", &[]).await.unwrap().get(0);
    let admin = crate::support::cluster().await;
    admin.execute("postgres", &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await;
    let sessions = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '";
    admin.execute("postgres", &format!("{sessions}{name}'")).await;
    app.anonymous().get("/health/ready").await.expect(503);
    app.anonymous().get("/health/live").await.expect(200);
    let refused = app.of(FREDRIKSTAD).get("/v1/projects").await;
    assert_eq!(refused.refused(503, "unavailable").header("retry-after"), "5");
    admin.execute("postgres", &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")).await;
    app.anonymous().get("/health/ready").await.expect(200);
    assert_eq!(app.of(FREDRIKSTAD).get("/v1/projects").await.expect(200).body["items"], json!([]));
}
