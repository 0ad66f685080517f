//! A municipality's data as a whole: a person forgotten, everything taken along, and leaving.

use glomma::platform::auth::permission::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{FREDRIKSTAD, HVALER, SARPSBORG, TestApp, complete, idea};

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_is_taken_out_of_every_version_and_nothing_else_is() {
    let app = TestApp::start().await;
    let (coordinator, administrator) = (app.of(FREDRIKSTAD), app.with(FREDRIKSTAD, Role::Administrator));
    let (id, etag) = coordinator.publish_new(complete("Fallsensorer"), "public").await;
    let path = format!("/v1/projects/{id}");
    let changed = coordinator.patch(&path, &etag, json!({ "summary": "Ny oppsummering" })).await.expect(200);
    coordinator.publish(&id, &changed.etag(), "public").await.expect(200);
    let public = app.anonymous();
    let versions = async || {
        let mut seen = Vec::new();
        for number in [1, 2] {
            seen.push(public.get(&format!("/v1/publications/{id}/versions/{number}")).await.expect(200));
        }
        seen
    };
    let before = versions().await;
    public.get(&format!("/v1/publications/{id}")).await.expect(200);
    coordinator
        .post(&format!("{path}/redactions"), json!({ "reason": "Ba om det" }))
        .await
        .refused(403, "insufficient-scope");
    let redacted =
        administrator.post(&format!("{path}/redactions"), json!({ "reason": "Ba om det" })).await.expect(200);
    assert_eq!(redacted.body["versions"], 2);
    for (before, after) in before.iter().zip(versions().await) {
        let (mut before_body, mut after_body) = (before.body.clone(), after.body.clone());
        assert!(after_body["redacted_at"].is_string() && before.etag() != after.etag());
        for body in [&mut before_body, &mut after_body] {
            body.as_object_mut()
                .unwrap()
                .retain(|name, _| !["contact", "redacted_at"].contains(&name.as_str()));
        }
        assert_eq!(before_body, after_body, "nothing else changed");
    }
    for text in [
        public.get(&format!("/v1/publications/{id}")).await.expect(200).body.to_string(),
        coordinator.get(&path).await.expect(200).body.to_string(),
    ] {
        assert!(!text.contains("innovasjon@kommune.example"), "{text}");
    }
    let state = coordinator.get(&format!("{path}/publication")).await.expect(200).body;
    assert_eq!(
        state["missing"][0]["pointer"], "#/contact",
        "a new one is named before it is published again: {state}"
    );
    let owner = app.database.owner().await;
    let left =
        "SELECT count(*) FROM publication_version WHERE content::text LIKE '%innovasjon@kommune.example%'";
    assert_eq!(owner.query_one(left, &[]).await.unwrap().get::<_, i64>(0), 0);
    owner
        .batch_execute(&format!("SET ROLE glomma_app; SET app.municipality_id = '{FREDRIKSTAD}'"))
        .await
        .unwrap();
    let forge = "UPDATE publication_version SET content = jsonb_set(content, '{title}', '\"Annet\"'), redacted_at = now()";
    assert!(owner.batch_execute(forge).await.is_err(), "a version changes in no other way");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_a_municipality_owns_can_be_taken_along_and_nothing_of_another() {
    let app = TestApp::start().await;
    let (fredrikstad, sarpsborg) = (app.of(FREDRIKSTAD), app.of(SARPSBORG));
    for nth in 0..450 {
        fredrikstad.create(idea(&format!("Utkast {nth}"))).await;
    }
    let (id, _) = fredrikstad.publish_new(complete("Fallsensorer"), "public").await;
    let (other, _) = sarpsborg.publish_new(complete("Naboens hemmelighet"), "public").await;
    fredrikstad.imitate(&other).await;
    sarpsborg.create(complete("Naboens utkast")).await;
    let offer = json!({ "fields": { "need": "Bedre" }, "reason": "Lært" });
    sarpsborg.post(&format!("/v1/publications/{id}/proposals"), offer).await.expect(201);
    let administrator = app.with(FREDRIKSTAD, Role::Administrator);
    app.new_client(&administrator, "reader", None).await;
    let export = administrator.request(Method::GET, "/v1/export").send().await.unwrap().text().await.unwrap();
    let lines: Vec<Value> = export.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let count = |kind: &str| lines.iter().filter(|line| line["kind"] == kind).count();
    assert_eq!((count("project"), count("publication"), count("version")), (452, 1, 1));
    assert_eq!((count("imitation"), count("adoption"), count("proposal"), count("client")), (1, 1, 1, 1));
    let attachments: Vec<_> = lines.iter().filter(|line| line["kind"] == "attachment").collect();
    assert_eq!(attachments[0]["row"]["url"], "https://kommune.example/rapport");
    assert_eq!(lines.last().unwrap()["rows"]["project"], 452);
    assert!(export.contains("innovasjon@kommune.example"), "contacts are the municipality's own");
    assert!(
        !export.contains("Naboens utkast") && !export.contains("argon2"),
        "what is another's or a secret is not"
    );
    app.of(FREDRIKSTAD).get("/v1/export").await.refused(403, "insufficient-scope");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_that_is_a_municipality_s_is_exported_or_it_is_said_why_not() {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    let tables = "SELECT DISTINCT table_name::text FROM information_schema.columns \
        WHERE table_schema = 'public' AND column_name IN ('municipality_id', 'holder', 'chain')";
    // Reference data; the log, which tells of what is exported; the trail, which has an export of its own; copies for a day; what a
    // sync did, which stands in what is exported.
    let others = "municipality_number region_member change audit_entry audit_head audit_pending idempotent_answer kominn_step";
    let exported = include_str!("../../src/custody/store.rs");
    for row in owner.query(tables, &[]).await.unwrap() {
        let table: String = row.get(0);
        let known =
            exported.contains(&format!("FROM {table}")) || others.split(' ').any(|other| other == table);
        assert!(known, "{table} is not exported");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_leaves_tombstones_that_may_name_where_each_lives_on() {
    let app = TestApp::start().await;
    let (leaving, heir) = (app.with(FREDRIKSTAD, Role::Administrator), app.of(SARPSBORG));
    let (one, _) = app.of(FREDRIKSTAD).publish_new(complete("Fallsensorer"), "public").await;
    let (two, _) = app.of(FREDRIKSTAD).publish_new(complete("Robotklipper"), "region").await;
    app.of(FREDRIKSTAD).create(idea("Utkast")).await;
    let first = heir.spread(&one, "Fallsensorer her", "public").await;
    let (client, secret) = app.new_client(&leaving, "reader", None).await;
    let hand_over = json!({ "publications": "hand_over", "to": SARPSBORG });
    let refused = leaving.put("/v1/departure", "*", hand_over.clone()).await.refused(409, "not-imitated");
    assert!(refused.body.to_string().contains(&two) && !refused.body.to_string().contains(&one));
    app.anonymous().get(&format!("/v1/publications/{one}")).await.expect(200);
    let second = heir.spread(&two, "Robotklipper her", "region").await;
    let left = leaving.put("/v1/departure", "*", hand_over).await.expect(200).body;
    assert_eq!(left, json!({ "withdrawn": 2, "handed_over": 2, "clients_revoked": 1 }));
    for (gone, successor) in [(&one, &first), (&two, &second)] {
        let tombstone =
            app.of(HVALER).get(&format!("/v1/publications/{gone}")).await.refused(410, "withdrawn");
        assert_eq!(
            tombstone.header("link"),
            format!("</v1/publications/{successor}>; rel=\"successor-version\"")
        );
    }
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", client.as_str()),
        ("client_secret", secret.as_str()),
    ];
    app.ask_token(&form).await.expect(401);
    let told = async || {
        let log = app.of(HVALER).get("/v1/changes?limit=100").await.expect(200).body;
        let gone =
            log["items"].as_array().unwrap().iter().filter(|change| change["kind"] == "withdrawn").count();
        (gone == 2).then_some(())
    };
    app.eventually(told).await;
    let own = leaving.get("/v1/projects").await.expect(200).body;
    assert_eq!(own["items"].as_array().unwrap().len(), 3, "the projects stay the municipality's");
    let again =
        leaving.put("/v1/departure", "*", json!({ "publications": "withdraw" })).await.expect(200).body;
    assert_eq!(again["withdrawn"], 0);
    for wrong in [
        json!({ "publications": "hand_over" }),
        json!({ "publications": "withdraw", "to": SARPSBORG }),
        json!({ "publications": "hand_over", "to": FREDRIKSTAD }),
    ] {
        assert_eq!(
            leaving.put("/v1/departure", "*", wrong).await.refused(422, "invalid-body").pointers(),
            ["#/to"]
        );
    }
    // Coming back is publishing again; the tombstone's word is then no longer true.
    let project = app.of(FREDRIKSTAD).get(&format!("/v1/projects/{one}")).await.expect(200);
    app.of(FREDRIKSTAD).publish(&one, &project.etag(), "public").await.expect(201);
    app.anonymous().get(&format!("/v1/publications/{one}")).await.expect(200);
}
