//! That a municipality's own stays its own, attacked from three sides: every operation, the database, and everything that
//! tells of something else.

use glomma::platform::auth::permission::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tokio_postgres::Client as Sql;

use crate::support::{
    Client, Contract, FREDRIKSTAD, HVALER, MOSS, SARPSBORG, TestApp, complete, idea, request,
    service::{Folder, Service},
};

/// A word that stands nowhere but in a draft of Fredrikstad.
const WORD: &str = "kvikklunsjorakel";

/// What Fredrikstad keeps to itself, or shares with one other.
struct Own {
    draft: String,
    search: String,
    client: String,
    proposal: String,
    published: String,
}

async fn own(app: &TestApp) -> Own {
    let fredrikstad = app.of(FREDRIKSTAD);
    let (parent, _) = app.of(SARPSBORG).publish_new(complete("Fallsensorer"), "public").await;
    let (draft, etag) = fredrikstad.imitate(&parent).await;
    let secret = json!({ "title": format!("Plan om {WORD}"), "summary": WORD, "tags": [WORD] });
    fredrikstad.patch(&format!("/v1/projects/{draft}"), &etag, secret).await.expect(200);
    let search = json!({ "title": WORD, "criteria": { "q": WORD } });
    let search = fredrikstad.post("/v1/searches", search).await.expect(201).id();
    let administrator = app.with(FREDRIKSTAD, Role::Administrator);
    let client = json!({ "name": WORD, "role": "administrator" });
    let client = administrator.post("/v1/clients", client).await.expect(201).id();
    let offer = json!({ "fields": { "need": WORD }, "reason": WORD });
    let proposal =
        fredrikstad.post(&format!("/v1/publications/{parent}/proposals"), offer).await.expect(201).id();
    Own { draft, search, client, proposal, published: parent }
}

/// A digest of all rows of a municipality, by table.
async fn state(sql: &Sql) -> Vec<(String, Option<String>)> {
    let tables = "SELECT table_name::text, string_agg(column_name, ' ') FROM information_schema.columns \
        WHERE table_schema = 'public' AND column_name IN ('municipality_id', 'owner_id') GROUP BY 1 ORDER BY 1";
    let mut digests = Vec::new();
    for row in sql.query(tables, &[]).await.unwrap() {
        let (table, columns): (String, String) = (row.get(0), row.get(1));
        let owned = columns
            .split(' ')
            .map(|column| format!("{column} = '{FREDRIKSTAD}'"))
            .collect::<Vec<_>>()
            .join(" OR ");
        let digest =
            format!("SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t WHERE {owned}");
        digests.push((table, sql.query_one(&digest, &[]).await.unwrap().get(0)));
    }
    digests
}

#[tokio::test(flavor = "multi_thread")]
async fn no_operation_shows_or_changes_what_is_another_s_whatever_the_role() {
    let app = TestApp::start().await;
    let own = own(&app).await;
    let sql = app.database.owner().await;
    let before = state(&sql).await;
    let mut callers: Vec<(Option<Role>, Option<String>)> =
        Role::ALL.iter().map(|role| (Some(*role), Some(app.token(HVALER, *role, None)))).collect();
    callers.push((None, Some(app.operator_token())));
    callers.push((None, None));
    let contract = Contract::get();
    let addressed = contract
        .operations()
        .into_iter()
        .filter(|operation| operation.path.contains('{'))
        .collect::<Vec<_>>();
    let mut tried = 0;
    for operation in &addressed {
        for (role, token) in &callers {
            // The operator may do what operators do.
            if role.is_none() && operation.scope() == Some("platform:write") {
                continue;
            }
            for id in [&own.draft, &own.search, &own.client, &own.proposal] {
                let answer = app.anonymous().send(request(&app, operation, token.clone(), id)).await;
                let status = answer.status.as_u16();
                let expected = match (token, role) {
                    (None, _) if !operation.is_public() => [401, 401],
                    (None, _) => [404, 404],
                    (Some(_), _) => [403, 404],
                };
                assert!(
                    expected.contains(&status),
                    "{} by {role:?}: {status} {:#}",
                    operation.id(),
                    answer.body
                );
                assert!(!answer.body.to_string().contains(WORD), "{} by {role:?}", operation.id());
                tried += 1;
            }
        }
    }
    assert!(tried > 1000, "{tried}");
    assert_eq!(state(&sql).await, before, "nothing of Fredrikstad's changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_login_reaches_nothing_but_by_a_role_and_a_municipality() {
    let app = TestApp::start().await;
    own(&app).await;
    let (login, owner) = (app.database.login().await, app.database.owner().await);
    let tables: Vec<String> = owner
        .query("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1", &[])
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert!(tables.len() > 25);
    for table in &tables {
        assert!(login.query(&format!("SELECT * FROM {table}"), &[]).await.is_err(), "{table} without a role");
    }
    let definers = "SELECT proname::text FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace \
        AND NOT coalesce(proconfig, '{}') @> ARRAY['search_path=pg_catalog, public, pg_temp']";
    assert!(
        owner.query(definers, &[]).await.unwrap().is_empty(),
        "what runs by the owner's right finds its own tables"
    );
    for attack in [
        "SET ROLE postgres",
        "SET ROLE pg_read_all_data",
        "SET SESSION AUTHORIZATION postgres",
        "CREATE TABLE mine (x int)",
        "ALTER TABLE project DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE project NO FORCE ROW LEVEL SECURITY",
        "CREATE POLICY mine ON project USING (true)",
        "DROP POLICY own ON project",
        "ALTER ROLE glomma BYPASSRLS",
        "GRANT glomma_system TO PUBLIC",
        "COPY project TO PROGRAM 'cat'",
        "COPY project TO '/tmp/out'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT lo_import('/etc/passwd')",
        "SET row_security = off; SELECT * FROM project",
        "CREATE EXTENSION dblink",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        "LOAD 'anything'",
    ] {
        for role in ["glomma", "glomma_app", "glomma_system"] {
            login
                .batch_execute(&format!("SET ROLE {role}; SET app.municipality_id = '{HVALER}'"))
                .await
                .unwrap();
            let rows = login.batch_execute(attack).await;
            assert!(rows.is_err(), "{role}: {attack}");
            login.batch_execute("RESET ROLE; RESET app.municipality_id; RESET row_security").await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn by_sql_another_municipality_none_and_the_service_itself_see_and_change_no_draft() {
    let app = TestApp::start().await;
    own(&app).await;
    let (login, owner) = (app.database.login().await, app.database.owner().await);
    let before = state(&owner).await;
    let as_whom = [
        ("glomma_app", HVALER),
        ("glomma_app", MOSS),
        ("glomma_app", ""),
        ("glomma_app", "not a number"),
        ("glomma_system", ""),
    ];
    for (role, municipality) in as_whom {
        login
            .batch_execute(&format!("SET ROLE {role}; SET app.municipality_id = '{municipality}'"))
            .await
            .unwrap();
        for (table, _) in &before {
            // Clients are the operator's business too, by their names; the trail and the log tell of no content.
            if role == "glomma_system" && table == "api_client" {
                continue;
            }
            let seen = login.query(&format!("SELECT t::text FROM {table} t"), &[]).await.unwrap_or_default();
            assert!(
                !seen.iter().any(|row| row.get::<_, String>(0).contains(WORD)),
                "{role} '{municipality}' sees {table}"
            );
            for attack in [
                format!(
                    "UPDATE {table} SET municipality_id = '{HVALER}' WHERE municipality_id = '{FREDRIKSTAD}'"
                ),
                format!("DELETE FROM {table} WHERE municipality_id = '{FREDRIKSTAD}'"),
            ] {
                // In a transaction that is taken back, because the operator may move members of regions.
                login.batch_execute("BEGIN").await.unwrap();
                let rows = login.execute(&attack, &[]).await.unwrap_or(0);
                login.batch_execute("ROLLBACK").await.unwrap();
                let reference = ["municipality_number", "region_member"].contains(&table.as_str());
                assert!(
                    rows == 0 || (role == "glomma_system" && reference),
                    "{role} '{municipality}': {attack}"
                );
            }
        }
        login.batch_execute("RESET ROLE; RESET app.municipality_id").await.unwrap();
    }
    assert_eq!(state(&owner).await, before);
}

/// An answer without what repeats the question: links to itself and to the next page, and refused parameters.
fn without_echo(text: &str) -> String {
    let Ok(mut body) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
    if let Some(body) = body.as_object_mut() {
        body.retain(|name, _| {
            !["page", "errors", "detail", "home_page_url", "feed_url", "q"].contains(&name.as_str())
        });
    }
    body.to_string()
}

/// What everything that can be read says to a caller, by where it was read.
async fn everything(caller: &Client, own: &Own) -> Vec<(String, String)> {
    let mut said = Vec::new();
    for operation in Contract::get().operations().iter().filter(|operation| operation.method == Method::GET) {
        let id = if operation.path.starts_with("/v1/searches") { &own.search } else { &own.published };
        let path = operation.filled(id).replace(&format!("versions/{id}"), "versions/1");
        for path in [
            path.clone(),
            format!("{path}?q={WORD}"),
            format!("{path}?q=kvikk"),
            format!("{path}?limit=100&by=area"),
        ] {
            let text = caller.request(Method::GET, &path).send().await.unwrap().text().await.unwrap();
            said.push((path, text));
        }
    }
    for body in [
        json!({ "title": format!("Plan om {WORD}"), "tags": [WORD] }),
        json!({ "title": WORD, "need": WORD }),
    ] {
        let answer = caller.post("/v1/checks", body.clone()).await;
        let mut text = answer.body;
        // What was asked may be said again.
        if let Some(asked) = text.as_object_mut() {
            asked.remove("words");
        }
        said.push(("/v1/checks".to_owned(), text["items"].to_string()));
    }
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn no_search_feed_export_lineage_or_error_tells_of_another_s_draft() {
    let app = TestApp::start().await;
    let own = own(&app).await;
    let readable = async || (app.anonymous().found("q=fallsensorer").await.len() == 1).then_some(());
    app.eventually(readable).await;
    app.of(FREDRIKSTAD).create(idea("Et utkast til")).await;
    let callers = [
        app.with(HVALER, Role::Administrator),
        app.with(SARPSBORG, Role::Reader),
        app.anonymous(),
        app.operator(),
    ];
    for (nth, caller) in callers.into_iter().enumerate() {
        let caller_is_sarpsborg = nth == 1;
        for (path, text) in everything(&caller, &own).await {
            // Sarpsborg got the proposal, and so may read what it offers; nothing else of the draft.
            let offered = caller_is_sarpsborg && path.starts_with("/v1/proposals");
            // What clients are called is the operator's to know.
            let offered = offered || path.starts_with("/v1/platform/clients");
            assert!(!text.contains(&own.draft), "{path} tells of the draft: {text}");
            assert!(offered || !without_echo(&text).contains(WORD), "{path} tells the word: {text}");
        }
        assert!(caller.found(&format!("q={WORD}&facets=area")).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_and_logs_tell_of_no_content_and_no_token() {
    let folder = Folder::new();
    let service = Service::start(&folder.0).await;
    let caller = service.caller();
    let token = caller.token().to_owned();
    let (id, _) = caller.create(json!({ "title": format!("Plan om {WORD}") })).await;
    caller.get(&format!("/v1/projects/{id}")).await.expect(200);
    caller.get(&format!("/v1/publications?q={WORD}")).await.expect(200);
    caller.get(&format!("/v1/{WORD}")).await.expect(404);
    let metrics = service.metrics().await;
    assert!(metrics.contains("glomma_http_request_seconds"));
    for secret in [WORD, &id, FREDRIKSTAD] {
        assert!(!metrics.contains(secret), "{secret}");
    }
    let log = service.log();
    assert!(log.contains("/v1/projects") && log.contains(FREDRIKSTAD), "requests are logged: {log}");
    for secret in [WORD, &token] {
        assert!(!log.contains(secret), "{secret}");
    }
}
