//! The trail: every write is in it, what was done to it afterwards is found, and one chain is kept whoever writes at once.

use std::{collections::BTreeSet, process::Command};

use glomma::platform::auth::permission::Role;
use serde_json::{Value, json};

use crate::support::{FREDRIKSTAD, HVALER, SARPSBORG, TestApp, complete, idea, service::BINARY};

/// The trail of a municipality, newest first, once it has as many entries.
async fn trail(app: &TestApp, municipality: &str, entries: usize) -> Value {
    let administrator = app.with(municipality, Role::Administrator);
    let enough = async || {
        let page = administrator.get("/v1/audit?limit=100").await.expect(200).body;
        (page["items"].as_array().unwrap().len() >= entries).then_some(page)
    };
    app.eventually(enough).await
}

/// What the operator's command says of the database's chains.
async fn verify(app: &TestApp) -> Result<(), String> {
    let url = app.database.url.clone();
    let output = tokio::task::spawn_blocking(move || {
        let data = std::env::temp_dir().join(format!("glomma-verify-{}", uuid::Uuid::now_v7()));
        let output = Command::new(BINARY)
            .args(["audit", "verify", "--database-url", &url, "--data"])
            .arg(&data)
            .output();
        drop(std::fs::remove_dir_all(data));
        output.unwrap()
    });
    let output = output.await.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    if output.status.success() { Ok(()) } else { Err(said) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_leaves_who_did_what_by_which_right_and_a_read_leaves_nothing() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    let created = caller.post("/v1/projects", complete("Fallsensorer")).await.expect(201);
    let path = format!("/v1/projects/{}", created.id());
    caller.get(&path).await.expect(200);
    let changed = caller.patch(&path, &created.etag(), json!({ "summary": "Ny" })).await.expect(200);
    caller.patch(&path, "\"p-0\"", json!({ "summary": "For sent" })).await.refused(412, "stale-revision");
    caller.delete(&path, &changed.etag()).await.expect(204);
    let trail = trail(&app, FREDRIKSTAD, 3).await;
    let [removal, change, creation] = [0, 1, 2].map(|nth| &trail["items"][nth]);
    assert_eq!(trail["items"].as_array().unwrap().len(), 3, "{trail:#}");
    let said = json!({
        "position": 2, "chain": FREDRIKSTAD, "outcome": "done", "times": 1, "method": "PATCH", "route": "/v1/projects/{id}", "path": path,
        "status": 200, "code": null, "role": "coordinator", "issuer": "urn:glomma:development", "subject": "developer",
        "client": null, "supplier": null, "delegation": null
    });
    for (name, value) in said.as_object().unwrap() {
        assert_eq!(&change[name], value, "{name}");
    }
    assert_eq!(change["request_id"], changed.header("x-request-id"));
    assert_eq!((&creation["before"], &removal["after"]), (&Value::Null, &Value::Null));
    assert_eq!(
        (&creation["after"], &change["after"]),
        (&change["before"], &removal["before"]),
        "states follow each other"
    );
    assert_eq!(trail["head"]["hash"], removal["hash"]);
    app.of(FREDRIKSTAD).get("/v1/audit").await.refused(403, "insufficient-scope");
    let other = app.with(HVALER, Role::Administrator).get("/v1/audit").await.expect(200).body;
    assert_eq!(other["items"], json!([]), "a trail is its municipality's own");
    let only = app.with(FREDRIKSTAD, Role::Administrator);
    let filtered = only.get(&format!("/v1/audit?path={path}&outcome=done&limit=1")).await.expect(200).body;
    assert_eq!(filtered["items"][0]["method"], "DELETE");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_removed_added_or_moved_is_found_and_located() {
    let app = TestApp::start().await;
    for nth in 0..8 {
        app.of(FREDRIKSTAD).create(idea(&format!("Prosjekt {nth}"))).await;
    }
    app.of(SARPSBORG).create(idea("Et annet sted")).await;
    trail(&app, FREDRIKSTAD, 8).await;
    trail(&app, SARPSBORG, 1).await;
    verify(&app).await.expect("nothing was done to it");
    let owner = app.database.owner().await;
    let at = |position: i32| format!("chain = '{FREDRIKSTAD}' AND position = {position}");
    let copy = "INSERT INTO audit_entry (chain, position, hash, entry) SELECT chain, 9, hash, entry FROM audit_entry WHERE";
    let swap = format!(
        "UPDATE audit_entry SET position = -position WHERE {} OR {}; \
         UPDATE audit_entry SET position = 11 + position WHERE chain = '{FREDRIKSTAD}' AND position < 0",
        at(5),
        at(6)
    );
    let attacks = [
        (
            format!("UPDATE audit_entry SET entry = replace(entry, 'POST', 'PUT') WHERE {}", at(3)),
            "entry 3 is not what was sealed",
        ),
        (format!("UPDATE audit_entry SET entry = entry || ' ' WHERE {}", at(8)), "entry 8 is not"),
        (format!("UPDATE audit_entry SET entry = 'no JSON' WHERE {}", at(8)), "entry 8 is not"),
        (
            format!("UPDATE audit_entry SET hash = sha256('x') WHERE {}", at(4)),
            "entry 5 is not what was sealed, or does not",
        ),
        (format!("DELETE FROM audit_entry WHERE {}", at(4)), "entries 4 to 4 are missing"),
        (format!("DELETE FROM audit_entry WHERE {}", at(8)), "entries 8 to 8 are missing"),
        (format!("DELETE FROM audit_entry WHERE chain = '{FREDRIKSTAD}'"), "entries 1 to 8 are missing"),
        (format!("{copy} {}", at(8)), "entries 9 to 9 were added behind the end"),
        (swap, "entry 5 is not what was sealed"),
        (
            format!("UPDATE audit_head SET hash = sha256('x') WHERE chain = '{FREDRIKSTAD}'"),
            "it does not end with the hash",
        ),
    ];
    // The owner of the database can switch its guards off.
    owner.batch_execute("SET session_replication_role = replica").await.unwrap();
    owner
        .batch_execute("CREATE TABLE kept AS TABLE audit_entry; CREATE TABLE kept_head AS TABLE audit_head")
        .await
        .unwrap();
    for (attack, found) in attacks {
        owner.batch_execute(&attack).await.expect(&attack);
        let said = verify(&app).await.expect_err(&attack);
        assert!(said.contains(&format!("{FREDRIKSTAD}: {found}")), "{attack}\n{said}");
        assert!(!said.contains(SARPSBORG), "the other chain is whole");
        let restore = "DELETE FROM audit_entry; INSERT INTO audit_entry TABLE kept; \
            DELETE FROM audit_head; INSERT INTO audit_head TABLE kept_head";
        owner.batch_execute(restore).await.unwrap();
    }
    verify(&app).await.expect("it is as it was");
}

/// Once entries were rows of twenty columns.
#[tokio::test(flavor = "multi_thread")]
async fn a_trail_of_an_older_version_keeps_its_hashes() {
    const UP: &str = include_str!("../../migrations/2026-11-27-000005_audit_text/up.sql");
    const DOWN: &str = include_str!("../../migrations/2026-11-27-000005_audit_text/down.sql");
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    for (nth, at) in ["", ".5", ".123", ".1204", ".000001", ".100000"].iter().enumerate() {
        let entry = json!({
            "chain": FREDRIKSTAD, "occurred_at": format!("2026-11-27T12:00:00{at}Z"), "outcome": "done", "times": 1,
            "request_id": "00000000-0000-7000-8000-000000000000", "method": "POST", "route": "/v1/projects", "path": "",
            "status": 201, "subject": (nth > 0).then_some("\"Blåbær\" \\ \n\u{1b}\u{7f}"), "after": "00"
        });
        let write = "INSERT INTO audit_pending (chain, entry) VALUES ($1, convert_to($2, 'UTF8'))";
        owner.execute(write, &[&FREDRIKSTAD, &entry.to_string()]).await.unwrap();
    }
    let before = trail(&app, FREDRIKSTAD, 6).await;
    owner.batch_execute(&format!("BEGIN; {DOWN} {UP} COMMIT")).await.unwrap();
    assert_eq!(trail(&app, FREDRIKSTAD, 6).await, before);
    verify(&app).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_itself_can_neither_change_nor_remove_an_entry() {
    let app = TestApp::start().await;
    app.of(FREDRIKSTAD).create(idea("Prosjekt")).await;
    trail(&app, FREDRIKSTAD, 1).await;
    let (owner, looking) = (app.database.owner().await, app.database.owner().await);
    let digest = "SELECT md5(string_agg(e::text, '|' ORDER BY e::text)) FROM audit_entry e";
    let before: Option<String> = looking.query_one(digest, &[]).await.unwrap().get(0);
    for role in ["glomma_app", "glomma_system"] {
        owner
            .batch_execute(&format!("SET ROLE {role}; SET app.municipality_id = '{FREDRIKSTAD}'"))
            .await
            .unwrap();
        for attack in [
            "UPDATE audit_entry SET entry = replace(entry, 'POST', 'PUT')",
            "UPDATE audit_entry SET sealed_at = '2015-01-01'",
            "UPDATE audit_entry SET position = 7, hash = sha256('x')",
            "DELETE FROM audit_entry",
            "TRUNCATE audit_entry",
            "UPDATE audit_head SET dropped_through = position, dropped_hash = hash; DELETE FROM audit_entry",
            "UPDATE audit_head SET position = 0",
            "UPDATE audit_head SET hash = sha256('x')",
            "DELETE FROM audit_head",
        ] {
            drop(owner.batch_execute(attack).await);
            let kept = "SELECT md5(string_agg(e::text, '|' ORDER BY e::text)) FROM audit_entry e";
            let kept: Option<String> = looking.query_one(kept, &[]).await.unwrap().get(0);
            assert_eq!(kept, before, "{role}: {attack}");
            let whole = verify(&app).await;
            assert!(whole.is_ok(), "{role}: {attack}: {whole:?}");
        }
        owner.batch_execute("RESET ROLE").await.unwrap();
    }
    owner.batch_execute(&format!("SET ROLE glomma_app; SET app.municipality_id = '{HVALER}'")).await.unwrap();
    let foreign = format!("INSERT INTO audit_pending (chain, entry) VALUES ('{FREDRIKSTAD}', '{{}}')");
    assert!(owner.execute(&foreign, &[]).await.is_err(), "nobody writes into another's trail");
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_write_at_once_on_two_nodes_keep_one_chain_each() {
    let one = TestApp::start().await;
    let other = TestApp::on(crate::support::Database {
        url: one.database.url.clone(),
        owner_url: one.database.owner_url.clone(),
    })
    .await;
    let writes = (0..60).map(|nth| {
        let app = if nth % 2 == 0 { &one } else { &other };
        let municipality = if nth % 3 == 0 { SARPSBORG } else { FREDRIKSTAD };
        async move { app.of(municipality).create(idea(&format!("Prosjekt {nth}"))).await }
    });
    futures_util::future::join_all(writes).await;
    let [fredrikstad, sarpsborg] = [trail(&one, FREDRIKSTAD, 40).await, trail(&other, SARPSBORG, 20).await];
    for (trail, entries) in [(fredrikstad, 40), (sarpsborg, 20)] {
        let positions: BTreeSet<i64> = trail["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["position"].as_i64().unwrap())
            .collect();
        assert_eq!(positions, (1..=entries).collect());
    }
    verify(&one).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_verified_without_the_service_and_an_old_head_proves_that_it_is_the_same() {
    let app = TestApp::start().await;
    for nth in 0..3 {
        app.of(FREDRIKSTAD).create(idea(&format!("Prosjekt {nth}"))).await;
    }
    let head = trail(&app, FREDRIKSTAD, 3).await["head"].clone();
    let administrator = app.with(FREDRIKSTAD, Role::Administrator);
    let export = administrator
        .request(reqwest::Method::GET, "/v1/audit/export")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let check = |text: &str, known: Option<&str>| {
        let file = std::env::temp_dir().join(format!("glomma-export-{}", uuid::Uuid::now_v7()));
        std::fs::write(&file, text).unwrap();
        let mut command = Command::new(BINARY);
        command.args(["audit", "verify", "--export"]).arg(&file);
        if let Some(known) = known {
            command.args(["--known", known]);
        }
        let output = command.output().unwrap();
        std::fs::remove_file(file).unwrap();
        output.status.success()
    };
    let known = format!("{}:{}", head["position"], head["hash"].as_str().unwrap());
    assert!(check(&export, None) && check(&export, Some(&known)));
    assert!(!check(&export, Some(&format!("2:{}", head["hash"].as_str().unwrap()))));
    assert!(!check(&export.replacen("\"status\":201", "\"status\":200", 1), None), "a changed entry");
    let lines: Vec<&str> = export.lines().collect();
    assert!(!check(&[lines[0], lines[1], lines[3], lines[4]].join("\n"), None), "a removed entry");
    assert!(!check(&[lines[0], lines[2], lines[1], lines[3], lines[4]].join("\n"), None), "a moved entry");
    assert!(!check(&lines[..4].join("\n"), None), "a transfer that was cut off");
}

#[tokio::test(flavor = "multi_thread")]
async fn old_entries_go_and_the_chain_is_whole_from_its_checkpoint() {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    for nth in 0..4 {
        app.of(FREDRIKSTAD).create(idea(&format!("Prosjekt {nth}"))).await;
    }
    trail(&app, FREDRIKSTAD, 4).await;
    // As if it had been long ago.
    owner.execute("UPDATE audit_entry SET sealed_at = '2015-01-01'", &[]).await.unwrap();
    app.of(FREDRIKSTAD).create(idea("Det nyeste")).await;
    // The job runs at the start of every node.
    let other = TestApp::on(crate::support::Database {
        url: app.database.url.clone(),
        owner_url: app.database.owner_url.clone(),
    })
    .await;
    let short = async || {
        let page = other.with(FREDRIKSTAD, Role::Administrator).get("/v1/audit").await.expect(200).body;
        (page["items"].as_array().unwrap().len() == 1 && page["checkpoint"]["position"] == 4).then_some(page)
    };
    let page = app.eventually(short).await;
    assert_eq!(page["items"][0]["position"], 5);
    verify(&app).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_a_stranger_sends_stops_the_chains() {
    let app = TestApp::start().await;
    for path in [
        "/v1/projects/%00",
        "/v1/projects/%0A%1b%7f",
        "/v1/projects/%F0%9F%9B%B6",
        "/v1/projects/01017012345",
    ] {
        app.anonymous().request(reqwest::Method::GET, path).send().await.unwrap();
    }
    let owner = app.database.owner().await;
    let odd = "INSERT INTO audit_pending (chain, entry) VALUES ($1, convert_to($2, 'UTF8'))";
    for entry in ["no JSON", "{}", "{\"chain\":\"\\u0000\"}"] {
        owner.execute(odd, &[&FREDRIKSTAD, &entry]).await.unwrap();
    }
    app.of(FREDRIKSTAD).create(idea("Etterpå")).await;
    let kept = trail(&app, FREDRIKSTAD, 4).await;
    assert_eq!(kept["items"][0]["route"], "/v1/projects");
    assert_eq!(kept["items"][1]["route"], "(unreadable)");
    let refused = async || {
        let page = app.operator().get("/v1/platform/audit?outcome=refused").await.expect(200).body;
        let refused = page["items"].as_array().unwrap().clone();
        let times: i64 = refused.iter().map(|entry| entry["times"].as_i64().unwrap()).sum();
        (times == 4).then_some(page.to_string())
    };
    let said = app.eventually(refused).await;
    assert!(!said.contains("01017012345"), "no national identity number is kept");
    verify(&app).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_are_refused_at_once_hide_nobody_behind_another() {
    let app = TestApp::start().await;
    let requests = (0..40).map(|nth| {
        let caller = app.bearing(Some(app.token(FREDRIKSTAD, Role::Reader, Some("none"))));
        async move {
            caller.get(&format!("/v1/projects/{nth:08}-0000-7000-8000-000000000000")).await.status.as_u16()
        }
    });
    assert!(futures_util::future::join_all(requests).await.iter().all(|status| *status == 403));
    let administrator = app.with(FREDRIKSTAD, Role::Administrator);
    let all = async || {
        let page = administrator.get("/v1/audit?limit=100").await.expect(200).body;
        let items = page["items"].as_array().unwrap().clone();
        let times: i64 = items.iter().map(|entry| entry["times"].as_i64().unwrap()).sum();
        (times == 40).then_some(items)
    };
    let items = app.eventually(all).await;
    let (many, told): (Vec<_>, Vec<_>) = items.iter().partition(|entry| entry["route"] == "(many)");
    assert!(told.iter().all(|entry| entry["subject"] == "developer" && entry["times"] == 1));
    assert!(many.iter().all(|entry| entry["subject"] == Value::Null), "nobody stands for others");
}
