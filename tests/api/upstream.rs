//! Comparing with the upstream, merging from it, and leaving it; and what versions say otherwise than others.

use serde_json::{Value, json};

use crate::support::{Answer, Client, FREDRIKSTAD, HVALER, MOSS, SARPSBORG, TestApp, complete};

/// The member of a comparison that is called so.
fn field<'a>(upstream: &'a Value, name: &str) -> &'a Value {
    upstream["fields"].as_array().unwrap().iter().find(|field| field["field"] == name).unwrap()
}

/// Changes a project and publishes it; returns its entity tag.
async fn publish_change(owner: &Client, id: &str, patch: Value) -> String {
    let path = format!("/v1/projects/{id}");
    let etag = owner.get(&path).await.expect(200).etag();
    let changed = owner.patch(&path, &etag, patch).await.expect(200);
    owner.publish(id, &changed.etag(), "public").await.expect(200).etag()
}

async fn change(owner: &Client, id: &str, patch: Value) -> Answer {
    let path = format!("/v1/projects/{id}");
    let etag = owner.get(&path).await.expect(200).etag();
    owner.patch(&path, &etag, patch).await.expect(200)
}

async fn merge(owner: &Client, id: &str, etag: &str, body: Value) -> Answer {
    merge_with(owner, id, etag, "", body).await
}

async fn merge_with(owner: &Client, id: &str, etag: &str, query: &str, body: Value) -> Answer {
    let path = format!("/v1/projects/{id}/upstream/merges{query}");
    let request = owner.request(reqwest::Method::POST, &path).header("If-Match", etag).json(&body);
    owner.send(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_member_is_compared_with_the_base_by_who_changed_it() {
    let app = TestApp::start().await;
    let (owner, imitator) = (app.of(FREDRIKSTAD), app.of(SARPSBORG));
    let (parent, _) = owner.publish_new(complete("Fallsensorer"), "public").await;
    let (id, _) = imitator.imitate(&parent).await;
    let path = format!("/v1/projects/{id}/upstream");
    let before = imitator.get(&path).await.expect(200);
    assert_eq!(before.body["items"][0]["status"], "identical");
    assert!(field(&before.body["items"][0], "need")["their_change"].is_null());
    let theirs = json!({ "need": "Eldre som bor alene blir funnet sent.", "solution": "Radar på veggen.", "tags": ["radar", "fallsensor"],
        "title": "Fallsensor", "results": "Egne tall" });
    publish_change(&owner, &parent, theirs).await;
    let behind = imitator.get(&path).await.expect(200);
    assert_eq!(behind.body["items"][0]["status"], "behind");
    assert_ne!(behind.etag(), before.etag(), "what is compared with is part of what is tagged");
    let mine = json!({ "solution": "Kamera i taket.", "summary": "Vår egen.", "tags": ["fallsensor", "velferdsteknologi", "sarpsborg"],
        "title": "Fallsensor", "lessons": "Egne erfaringer" });
    change(&imitator, &id, mine).await;
    let compared = imitator.get(&path).await.expect(200).body;
    let upstream = &compared["items"][0];
    assert_eq!(upstream["status"], "diverged");
    assert_eq!((&upstream["base_version"], &upstream["latest_version"]), (&json!(1), &json!(2)));
    for (name, state) in [
        ("need", "theirs_only"),
        ("summary", "mine_only"),
        ("title", "both_same"),
        ("solution", "conflict"),
        ("tags", "mergeable"),
        ("kinds", "unchanged"),
    ] {
        assert_eq!(field(upstream, name)["state"], state, "{name}");
    }
    assert!(upstream["fields"].as_array().unwrap().iter().all(|field| field["field"] != "results"));
    assert_eq!(
        field(upstream, "tags")["their_change"],
        json!({ "form": "list", "added": ["radar"], "removed": ["velferdsteknologi"] })
    );
    assert_eq!(
        field(upstream, "need")["their_change"]["words"][0],
        json!({ "fate": "kept", "text": "Eldre som bor alene blir " })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_takes_what_it_is_told_and_moves_the_base() {
    let app = TestApp::start().await;
    let (owner, imitator) = (app.of(FREDRIKSTAD), app.of(SARPSBORG));
    let (parent, _) = owner.publish_new(complete("Fallsensorer"), "public").await;
    let (id, _) = imitator.imitate(&parent).await;
    let theirs = json!({ "need": "Nytt behov.", "solution": "Radar på veggen.", "transfer_notes": "Nytt råd.", "tags": ["radar", "fallsensor"] });
    publish_change(&owner, &parent, theirs).await;
    let mine =
        json!({ "solution": "Kamera i taket.", "tags": ["fallsensor", "velferdsteknologi", "sarpsborg"] });
    let mine = change(&imitator, &id, mine).await;
    let refused = merge(&imitator, &id, &mine.etag(), json!({})).await.refused(409, "merge-conflict");
    assert_eq!(refused.pointers(), ["#/solution"]);
    let wanted = json!({ "take": ["solution"], "keep": ["transfer_notes"] });
    let rehearsed =
        merge_with(&imitator, &id, &mine.etag(), "?dry_run=true", wanted.clone()).await.expect(200);
    let untouched = imitator.get(&format!("/v1/projects/{id}")).await.expect(200);
    assert_eq!((untouched.etag(), &untouched.body["solution"]), (mine.etag(), &json!("Kamera i taket.")));
    let merged = merge(&imitator, &id, &mine.etag(), wanted.clone()).await.expect(200);
    assert_eq!((&rehearsed.body["dry_run"], &merged.body["dry_run"]), (&json!(true), &json!(false)));
    assert_eq!(rehearsed.body["fields"], merged.body["fields"], "a rehearsal says what happens");
    let project = &merged.body["project"];
    assert_eq!(project["need"], "Nytt behov.");
    assert_eq!(project["solution"], "Radar på veggen.");
    assert_eq!(project["transfer_notes"], complete("")["transfer_notes"]);
    assert_eq!(project["tags"], json!(["fallsensor", "sarpsborg", "radar"]));
    assert_eq!(project["origins"][0]["version"], 1, "what was imitated stays what it was");
    assert_eq!((&merged.body["from_version"], &merged.body["to_version"]), (&json!(1), &json!(2)));
    assert_eq!(imitator.get(&format!("/v1/projects/{id}")).await.expect(200).body, *project);
    let after = imitator.get(&format!("/v1/projects/{id}/upstream")).await.expect(200).body;
    assert_eq!(after["items"][0]["status"], "ahead");
    let again = merge(&imitator, &id, &merged.etag(), wanted).await.expect(200);
    assert_eq!(again.body["project"]["revision"], project["revision"], "a merge twice is a merge once");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_change_a_project_at_once_one_is_told_to_read_again() {
    let app = TestApp::start().await;
    let (owner, imitator) = (app.of(FREDRIKSTAD), app.of(SARPSBORG));
    let (parent, _) = owner.publish_new(complete("Fallsensorer"), "public").await;
    for round in 0..5 {
        let (id, etag) = imitator.imitate(&parent).await;
        publish_change(&owner, &parent, json!({ "need": format!("Behov {round}") })).await;
        let path = format!("/v1/projects/{id}");
        let (merged, edited) = tokio::join!(
            merge(&imitator, &id, &etag, json!({})),
            imitator.patch(&path, &etag, json!({ "summary": "Vår egen." })),
        );
        let (won, lost) = if merged.status == 200 { (merged, edited) } else { (edited, merged) };
        let won = won.expect(200);
        let lost = lost.refused(412, "stale-revision");
        assert_eq!(lost.header("etag").split('-').nth(1), Some("2\""), "it names the revision to go on from");
        let now = imitator.get(&path).await.expect(200).body;
        let (need, summary) = (now["need"] == format!("Behov {round}"), now["summary"] == "Vår egen.");
        assert!(need != summary, "both or neither: {now:#}");
        let compared = imitator.get(&format!("{path}/upstream")).await.expect(200).body;
        let base = compared["items"][0]["base_version"].as_i64().unwrap();
        assert_eq!(base, round + if need { 2 } else { 1 }, "{won:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_merge_at_once_the_first_decision_stands() {
    let app = TestApp::start().await;
    let (owner, imitator) = (app.of(FREDRIKSTAD), app.of(SARPSBORG));
    let (parent, _) = owner.publish_new(complete("Fallsensorer"), "public").await;
    let (id, _) = imitator.imitate(&parent).await;
    change(&imitator, &id, json!({ "solution": "Kamera." })).await;
    publish_change(&owner, &parent, json!({ "solution": "Radar på veggen." })).await;
    let path = format!("/v1/projects/{id}/upstream");
    let etag = imitator.get(&path).await.expect(200).etag();
    let (keeping, taking) = tokio::join!(
        merge(&imitator, &id, &etag, json!({ "keep": ["solution"] })),
        merge(&imitator, &id, &etag, json!({ "take": ["solution"] })),
    );
    let kept = keeping.status == 200;
    let lost = if kept { taking } else { keeping };
    lost.refused(412, "stale-revision");
    let now = imitator.get(&format!("/v1/projects/{id}")).await.expect(200).body;
    assert_eq!(now["solution"], if kept { "Kamera." } else { "Radar på veggen." });
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_merged_that_was_not_compared() {
    let app = TestApp::start().await;
    let (owner, imitator) = (app.of(FREDRIKSTAD), app.of(SARPSBORG));
    let (parent, _) = owner.publish_new(complete("Fallsensorer"), "public").await;
    let (id, _) = imitator.imitate(&parent).await;
    publish_change(&owner, &parent, json!({ "need": "Andre" })).await;
    let path = format!("/v1/projects/{id}/upstream");
    let compared = imitator.get(&path).await.expect(200).etag();
    publish_change(&owner, &parent, json!({ "need": "Tredje" })).await;
    merge(&imitator, &id, &compared, json!({})).await.refused(412, "stale-revision");
    let compared = imitator.get(&path).await.expect(200).etag();
    merge(&imitator, &id, &compared, json!({})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_is_the_imitators_own_until_it_publishes() {
    let app = TestApp::start().await;
    let (owner, imitator, everybody) = (app.of(FREDRIKSTAD), app.of(SARPSBORG), app.anonymous());
    let (parent, _) = owner.publish_new(complete("Fallsensorer"), "public").await;
    let id = imitator.spread(&parent, "Vår egen", "public").await;
    publish_change(&owner, &parent, json!({ "title": "Fallsensor" })).await;
    let shown = async || {
        let publication = everybody.get(&format!("/v1/publications/{id}")).await.expect(200);
        (publication.etag(), everybody.get(&format!("/v1/publications/{id}/lineage")).await.expect(200).body)
    };
    let before = shown().await;
    merge(&imitator, &id, "*", json!({ "keep": ["title"] })).await.expect(200);
    assert_eq!(shown().await, before);
    let own = imitator.get(&format!("/v1/projects/{id}")).await.expect(200).body;
    assert_eq!(own["publication"]["unpublished_changes"], false, "there is nothing to publish");
    merge(&imitator, &id, "*", json!({ "take": ["title"] })).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_that_is_killed_was_not_begun_or_is_done() {
    let app = TestApp::start().await;
    let (owner, imitator) = (app.of(FREDRIKSTAD), app.of(SARPSBORG));
    let (parent, _) = owner.publish_new(complete("Fallsensorer"), "public").await;
    let (id, _) = imitator.imitate(&parent).await;
    let mut done = 0;
    for round in 2..22 {
        publish_change(&owner, &parent, json!({ "need": format!("Behov {round}") })).await;
        let database = app.database.owner().await;
        let killer = tokio::spawn(async move {
            let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'";
            for _ in 0..20 {
                database.execute(kill, &[]).await.unwrap();
            }
        });
        let merged = merge(&imitator, &id, "*", json!({})).await;
        killer.await.unwrap();
        done += usize::from(merged.status == 200);
        assert!([200, 503].contains(&merged.status.as_u16()), "{:#}", merged.body);
        let path = format!("/v1/projects/{id}");
        let now = app
            .eventually(async || Some(imitator.get(&path).await).filter(|now| now.status == 200))
            .await
            .body;
        let compared = app.eventually(async || {
            Some(imitator.get(&format!("{path}/upstream")).await).filter(|compared| compared.status == 200)
        });
        let base = compared.await.body["items"][0]["base_version"].as_i64().unwrap();
        let expected = if base == 1 { complete("")["need"].clone() } else { json!(format!("Behov {base}")) };
        assert_eq!(now["need"], expected, "the project and its base are of the same merge");
        assert!(merged.status == 503 || base == round, "what was acknowledged is there");
    }
    assert!(done < 20, "somebody was killed");
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_that_cannot_be_are_refused_by_name() {
    let app = TestApp::start().await;
    let (owner, imitator) = (app.of(FREDRIKSTAD), app.of(SARPSBORG));
    let (parent, _) = owner.publish_new(complete("Fallsensorer"), "public").await;
    let (other, _) = owner.publish_new(complete("Noe annet"), "public").await;
    let (id, etag) = imitator.imitate(&parent).await;
    for (body, pointer) in [
        (json!({ "take": ["results"] }), "#/take/0"),
        (json!({ "take": ["need"], "keep": ["title", "need"] }), "#/keep/1"),
        (json!({ "to_version": 2 }), "#/to_version"),
        (json!({ "to_version": 0 }), "#/to_version"),
        (json!({ "publication_id": other }), "#/publication_id"),
        (json!({ "take": ["unknown"] }), "#/take/0"),
        (json!({ "takes": [] }), "#/takes"),
    ] {
        let refused = merge(&imitator, &id, &etag, body).await.refused(422, "invalid-body");
        assert_eq!(refused.pointers(), [pointer]);
    }
    let (original, etag) = imitator.create(complete("Eget")).await;
    merge(&imitator, &original, &etag, json!({})).await.refused(409, "upstream-unavailable");
    assert_eq!(
        imitator.get(&format!("/v1/projects/{original}/upstream")).await.expect(200).body["items"],
        json!([])
    );
    app.of(HVALER).get(&format!("/v1/projects/{id}/upstream")).await.refused(404, "not-found");
    merge(&app.of(HVALER), &id, "*", json!({})).await.refused(404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_upstreams_are_compared_and_merged_each_on_its_own() {
    let app = TestApp::start().await;
    let imitator = app.of(SARPSBORG);
    let (first, _) = app.of(FREDRIKSTAD).publish_new(complete("Første"), "public").await;
    let (second, _) = app.of(MOSS).publish_new(complete("Andre"), "public").await;
    let body = json!({ "mode": "inspired", "intent": "will_do", "reason": "Begge", "also_from": [second] });
    let made = imitator.post(&format!("/v1/publications/{first}/imitations"), body).await.expect(201);
    let id = made.id();
    publish_change(&app.of(MOSS), &second, json!({ "need": "Behovet i Moss" })).await;
    let compared = imitator.get(&format!("/v1/projects/{id}/upstream")).await.expect(200).body;
    assert_eq!(compared["items"][0]["status"], "identical");
    assert_eq!(compared["items"][1]["status"], "diverged", "its title was never taken");
    let refused = merge(&imitator, &id, &made.etag(), json!({})).await.refused(422, "invalid-body");
    assert_eq!(refused.pointers(), ["#/publication_id"]);
    let merged =
        merge(&imitator, &id, &made.etag(), json!({ "publication_id": second })).await.expect(200).body;
    assert_eq!(merged["project"]["need"], "Behovet i Moss");
    assert_eq!(merged["project"]["title"], "Første", "what differed already is mine");
    let compared = imitator.get(&format!("/v1/projects/{id}/upstream")).await.expect(200).body;
    let bases = |at: usize| compared["items"][at]["base_version"].clone();
    assert_eq!((bases(0), bases(1)), (json!(1), json!(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_that_is_gone_or_left_is_said_to_be_and_gives_nothing_more() {
    let app = TestApp::start().await;
    let (owner, imitator) = (app.of(FREDRIKSTAD), app.of(SARPSBORG));
    let (parent, _) = owner.publish_new(complete("Fallsensorer"), "public").await;
    let (left, etag) = imitator.imitate(&parent).await;
    let (kept, kept_etag) = imitator.imitate(&parent).await;
    let path = format!("/v1/projects/{left}/upstream/{parent}/detachment");
    imitator.put(&path, &etag, json!({ "reason": "" })).await.refused(422, "invalid-body");
    app.of(HVALER).put(&path, &etag, json!({ "reason": "Min" })).await.refused(404, "not-found");
    let detached = imitator.put(&path, &etag, json!({ "reason": "Helt annen retning" })).await.expect(200);
    assert!(detached.body["origins"][0]["detached_at"].is_string());
    let again = imitator.put(&path, "*", json!({ "reason": "En gang til" })).await.expect(200);
    assert_eq!(again.body, detached.body, "detaching again changes nothing");
    merge(&imitator, &left, "*", json!({})).await.refused(409, "upstream-unavailable");
    merge(&imitator, &left, "*", json!({ "publication_id": parent }))
        .await
        .refused(409, "upstream-unavailable");
    let lineage = app.of(SARPSBORG).get(&format!("/v1/publications/{parent}/lineage")).await.expect(200).body;
    assert_eq!(lineage["edges"].as_array().unwrap().len(), 2, "the edge stays");
    let etag = owner.get(&format!("/v1/projects/{parent}")).await.expect(200).etag();
    owner.delete(&format!("/v1/projects/{parent}/publication"), &etag).await.expect(204);
    let compared = imitator.get(&format!("/v1/projects/{kept}/upstream")).await.expect(200).body;
    let upstream = &compared["items"][0];
    assert_eq!(
        (&upstream["status"], &upstream["title"], &upstream["fields"]),
        (&json!("withdrawn"), &Value::Null, &json!([]))
    );
    merge(&imitator, &kept, &kept_etag, json!({})).await.refused(409, "upstream-unavailable");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_base_stays_when_its_version_is_no_longer_shown() {
    let app = TestApp::start().await;
    let (owner, imitator) = (app.of(FREDRIKSTAD), app.of(SARPSBORG));
    let (parent, _) = owner.publish_new(complete("Fallsensorer"), "region").await;
    let (id, _) = imitator.imitate(&parent).await;
    publish_change(&owner, &parent, json!({ "need": "Nytt behov." })).await;
    imitator.get(&format!("/v1/publications/{parent}/versions/1")).await.refused(404, "not-found");
    let compared = imitator.get(&format!("/v1/projects/{id}/upstream")).await.expect(200).body;
    assert_eq!(compared["items"][0]["status"], "behind");
    assert_eq!(field(&compared["items"][0], "need")["base"], complete("")["need"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_are_compared_with_any_other_and_say_who_and_why() {
    let app = TestApp::start().await;
    let owner = app.of(FREDRIKSTAD);
    let (id, etag) = owner.publish_new(complete("Fallsensorer"), "public").await;
    let path = format!("/v1/projects/{id}");
    let changed = owner.patch(&path, &etag, json!({ "need": "Nytt behov.", "sdgs": [3] })).await.expect(200);
    let note = json!({ "audience": "public", "note": "Etter brukermøte" });
    let published = owner.put(&format!("{path}/publication"), &changed.etag(), note).await.expect(200);
    let changed = owner.patch(&path, &published.etag(), json!({ "phase": "evaluated" })).await.expect(200);
    owner.publish(&id, &changed.etag(), "public").await.expect(200);
    let anybody = app.anonymous();
    let changes = async |version: i32, query: &str| {
        anybody.get(&format!("/v1/publications/{id}/versions/{version}/changes{query}")).await
    };
    let second = changes(2, "").await.expect(200).body;
    assert_eq!(second["since"], 1);
    let names: Vec<_> =
        second["fields"].as_array().unwrap().iter().map(|field| field["field"].clone()).collect();
    assert_eq!(names, ["need", "sdgs"]);
    assert_eq!(second["fields"][1]["change"], json!({ "form": "list", "added": [], "removed": [11] }));
    assert_eq!(
        (&second["steps"][0]["role"], &second["steps"][0]["note"]),
        (&json!("coordinator"), &json!("Etter brukermøte"))
    );
    let whole = changes(3, "?since=1").await.expect(200).body;
    assert_eq!(whole["steps"].as_array().unwrap().len(), 2);
    let phase =
        json!({ "field": "phase", "change": { "form": "value", "before": "in_use", "after": "evaluated" } });
    assert!(whole["fields"].as_array().unwrap().contains(&phase));
    let back = changes(1, "?since=3").await.expect(200).body;
    assert_eq!(back["fields"].as_array().unwrap().len(), whole["fields"].as_array().unwrap().len());
    assert_eq!(changes(1, "").await.expect(200).body["since"], 0);
    owner.delete(&format!("{path}/publication"), "*").await.expect(204);
    owner.publish(&id, "*", "public").await.expect(201);
    assert_eq!(changes(4, "").await.expect(200).body["since"], 0, "what came before was taken back");
    changes(5, "").await.refused(404, "not-found");
    changes(2, "?since=9").await.refused(404, "not-found");
    changes(2, "?since=-1").await.refused(400, "invalid-parameter");
}
