//! How much one may take: exactly as much, over all nodes, and who keeps to it is never refused.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use glomma::{
    node::Guard,
    platform::{auth::permission::Role, limits::Quotas, proxies::Proxies},
};
use reqwest::Method;
use serde_json::json;

use crate::support::{
    Database, FREDRIKSTAD, HVALER, SARPSBORG, Setup, TestApp, cluster,
    issuer::{IssuerServer, TestKey, claims, generic},
};

/// Long enough for a test to be over before the window is.
const WINDOW: Duration = Duration::from_hours(24);

fn guard(quotas: Quotas) -> Guard {
    Guard { quotas: Quotas { window: WINDOW, ..quotas }, ..Guard::default() }
}

async fn app(guard: Guard) -> TestApp {
    TestApp::set_up(cluster().await.database().await, Setup { guard, ..Setup::default() }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_clients_on_two_nodes_get_what_is_theirs_and_no_more() {
    const CLIENTS: usize = 1000;
    const QUOTA: u32 = 10;
    let key = TestKey::ec("ec");
    let server = IssuerServer::start(&[&key]);
    let issuers = json!([generic(&json!({ "url": format!("{}/keys", server.url) }))]);
    let quotas = Quotas { client: QUOTA, ..Quotas::default() };
    let database = cluster().await.database().await;
    let same = Database { url: database.url.clone(), owner_url: database.owner_url.clone() };
    let setup = || Setup { issuers: Some(issuers.clone()), guard: guard(quotas) };
    let nodes = [TestApp::set_up(database, setup()).await, TestApp::set_up(same, setup()).await];
    // Every tenth is honest and asks for half of its quota, on both nodes; the others ask for more than theirs.
    let ask = async |nth: usize| {
        let token = key.sign(&claims(&json!({ "client_id": format!("client-{nth}") })));
        let wanted = if nth.is_multiple_of(10) { 5 } else { 13 };
        let (mut served, mut refused) = (0, 0);
        for request in 0..wanted {
            let caller = nodes[(nth + request) % 2].bearing(Some(token.clone()));
            // No answer that the contract has to judge: there are many.
            match caller.request(Method::GET, "/v1/follows").send().await.unwrap().status().as_u16() {
                200 => served += 1,
                429 => refused += 1,
                status => panic!("{status}"),
            }
        }
        (nth, served, refused)
    };
    let outcomes: Vec<_> = stream::iter(0..CLIENTS).map(ask).buffer_unordered(16).collect().await;
    for (nth, served, refused) in outcomes {
        if nth % 10 == 0 {
            assert_eq!((served, refused), (5, 0), "client {nth} is honest");
        } else {
            assert!((9..=10).contains(&served), "client {nth} got {served} of {QUOTA}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_is_said_and_what_costs_nothing_is_free() {
    let app = app(guard(Quotas { client: 20, ..Quotas::default() })).await;
    let caller = app.of(FREDRIKSTAD);
    let first = caller.get("/v1/projects").await.expect(200);
    assert_eq!(first.header("ratelimit-policy"), format!("\"client\";q=20;w={}", WINDOW.as_secs()));
    assert!(first.header("ratelimit").starts_with("\"client\";r=19;t="), "{}", first.header("ratelimit"));
    let created = caller.post("/v1/projects", json!({ "title": "Sensorer" })).await.expect(201);
    let path = format!("/v1/projects/{}", created.id());
    for _ in 0..40 {
        let again = caller.request(Method::GET, &path).header("if-none-match", created.etag());
        caller.send(again).await.expect(304);
        caller.get("/health/live").await.expect(200);
    }
    let mut served = 2;
    let refused = loop {
        let answer = caller.get(&path).await;
        if answer.status == 429 {
            break answer.refused(429, "rate-limited");
        }
        served += 1;
    };
    assert_eq!(served, 20);
    assert!(refused.header("retry-after").parse::<u64>().unwrap() <= WINDOW.as_secs());
    app.with(SARPSBORG, Role::Reader).get("/v1/projects").await.expect(200);
    let encoded = caller.request(Method::GET, "/%76%31/projects").send().await.unwrap();
    assert_eq!(encoded.status(), 429, "an encoded letter makes nothing free");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_what_is_left_too_and_304_costs_the_municipality_nothing() {
    let app = app(guard(Quotas { client: 100, municipality: 100, ..Quotas::default() })).await;
    let caller = app.of(FREDRIKSTAD);
    let created = caller.post("/v1/projects", json!({ "title": "Sensorer" })).await.expect(201);
    let path = format!("/v1/projects/{}", created.id());
    for _ in 0..150 {
        let again = caller.request(Method::GET, &path).header("if-none-match", created.etag());
        caller.send(again).await.expect(304);
    }
    let refused =
        caller.get("/v1/projects/00000000-0000-7000-8000-000000000000").await.refused(404, "not-found");
    assert!(refused.header("ratelimit").starts_with("\"client\";r=98;t="), "{}", refused.header("ratelimit"));
    assert!(
        refused.header("ratelimit").contains(", \"municipality\";r=98;t="),
        "{}",
        refused.header("ratelimit")
    );
    // A write is done and counted, whatever it says of what it knows already.
    let patch = caller.request(Method::PATCH, &path).header("if-match", "*").header("if-none-match", "*");
    let patch = patch.header("content-type", "application/merge-patch+json").body("{\"summary\":\"Ny\"}");
    let changed = caller.send(patch).await.expect(200);
    assert!(changed.header("ratelimit").starts_with("\"client\";r=97;t="));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_municipality_has_a_quota_over_all_its_clients_and_an_address_one_without_a_token() {
    let quotas = Quotas { municipality: 10, address: 5, ..Quotas::default() };
    let proxies = Proxies(vec!["127.0.0.0/8".parse().unwrap()]);
    let app = app(Guard { proxies, ..guard(quotas) }).await;
    let caller = app.of(HVALER);
    let statuses = async |count: usize, path: &str, from: Option<&str>| {
        let mut served = 0;
        for _ in 0..count {
            let caller = if from.is_some() { app.anonymous() } else { caller.clone() };
            let mut request = caller.request(Method::GET, path);
            if let Some(from) = from {
                request = request.header("x-forwarded-for", from);
            }
            served += usize::from(request.send().await.unwrap().status().is_success());
        }
        served
    };
    assert_eq!(statuses(15, "/v1/follows", None).await, 10);
    assert_eq!(statuses(8, "/v1/regions", Some("203.0.113.7")).await, 5);
    assert_eq!(
        statuses(8, "/v1/regions", Some("198.51.100.1, 203.0.113.7")).await,
        0,
        "who adds names has the same address"
    );
    assert_eq!(statuses(5, "/v1/regions", Some("203.0.113.8")).await, 5);
    let refused = async || {
        let owner = app.database.owner().await;
        let told = "SELECT coalesce(sum((entry::json ->> 'times')::int), 0) FROM audit_entry \
            WHERE entry::json ->> 'code' = 'rate-limited'";
        let told: i64 = owner.query_one(told, &[]).await.unwrap().get(0);
        (told == 5 + 3 + 8).then_some(())
    };
    app.eventually(refused).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_endpoint_is_limited_for_clients_and_addresses_over_all_nodes() {
    let quotas = Quotas { tokens: 4, ..Quotas::default() };
    let one = app(guard(quotas)).await;
    let same = Database { url: one.database.url.clone(), owner_url: one.database.owner_url.clone() };
    let other = TestApp::set_up(same, Setup { guard: guard(quotas), ..Setup::default() }).await;
    let (id, secret) = one.new_client(&one.with(FREDRIKSTAD, Role::Administrator), "reader", None).await;
    let form = [("grant_type", "client_credentials"), ("client_id", &id), ("client_secret", &secret)];
    let mut served = 0;
    for nth in 0..8 {
        let answer = if nth % 2 == 0 { one.ask_token(&form).await } else { other.ask_token(&form).await };
        served += i32::from(answer.status == 200);
        assert!(answer.status == 200 || answer.status == 429 && answer.body["code"] == "rate-limited");
    }
    assert_eq!(served, 4, "a client has its quota once");
    let guess = [("grant_type", "client_credentials"), ("client_id", &id), ("client_secret", "guess")];
    let mut guesses = 0;
    while one.ask_token(&guess).await.status == 401 {
        guesses += 1;
    }
    // A node may hold a tenth of the quota that it does not need.
    assert!((28..=32).contains(&guesses), "an address guesses so often, and no more: {guesses}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_municipality_has_so_many_projects_and_no_more() {
    let app = app(Guard { projects: 3, ..Guard::default() }).await;
    let caller = app.of(FREDRIKSTAD);
    for nth in 0..3 {
        caller.post("/v1/projects", json!({ "title": format!("Prosjekt {nth}") })).await.expect(201);
    }
    caller.post("/v1/projects", json!({ "title": "Ett for mye" })).await.refused(409, "too-many");
    app.of(SARPSBORG).post("/v1/projects", json!({ "title": "Et annet sted" })).await.expect(201);
}
