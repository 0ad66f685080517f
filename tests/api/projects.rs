//! A municipality's own projects.

use glomma::platform::auth::permission::Role;
use serde_json::json;

use crate::support::{FREDRIKSTAD, HVALER, SARPSBORG, TestApp, complete, idea};

#[tokio::test(flavor = "multi_thread")]
async fn a_project_needs_only_a_title_and_starts_as_a_draft() {
    let app = TestApp::start().await;
    let created = app.of(FREDRIKSTAD).post("/v1/projects", idea("Svømming i sjøen")).await.expect(201);
    assert_eq!(created.header("location"), format!("/v1/projects/{}", created.id()));
    assert_eq!(created.etag(), "\"p-1\"");
    assert_eq!(created.body["publication"]["state"], "draft");
    assert_eq!(
        created.body["municipality"],
        json!({ "organisation_number": FREDRIKSTAD, "name": "Fredrikstad" })
    );
    let shown = app.of(FREDRIKSTAD).get(created.header("location")).await.expect(200);
    assert_eq!(shown.body, created.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_was_written_is_read_back() {
    let app = TestApp::start().await;
    let mut written = complete("Fallsensorer");
    let (id, _) = app.of(FREDRIKSTAD).create(written.clone()).await;
    let shown = app.of(FREDRIKSTAD).get(&format!("/v1/projects/{id}")).await.expect(200).body;
    written["tags"] = json!(["velferdsteknologi", "fallsensor"]);
    for (member, value) in written.as_object().unwrap() {
        assert_eq!(&shown[member], value, "{member}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_changes_what_it_names_and_null_removes() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    let (id, etag) = caller.create(complete("Fallsensorer")).await;
    let path = format!("/v1/projects/{id}");
    let patch = json!({ "title": "Fallsensorer i alle hjem", "results": null, "tags": ["radar"] });
    let changed = caller.patch(&path, &etag, patch).await.expect(200);
    assert_eq!(changed.body["title"], "Fallsensorer i alle hjem");
    assert_eq!(changed.body["results"], json!(null));
    assert_eq!(changed.body["tags"], json!(["radar"]));
    assert_eq!(changed.body["need"], complete("")["need"]);
    assert_eq!(changed.etag(), "\"p-2\"");
    let same = caller.patch(&path, &changed.etag(), json!({})).await.expect(200);
    assert_eq!(same.etag(), changed.etag(), "an empty patch is no change");
    let wrong =
        caller.patch(&path, &changed.etag(), json!({ "resultat": null })).await.refused(422, "invalid-body");
    assert_eq!(wrong.pointers(), ["#/resultat"], "removing what is not known would be nothing, silently");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_change_the_same_revision_the_second_is_told() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    let (id, etag) = caller.create(idea("Fallsensorer")).await;
    let path = format!("/v1/projects/{id}");
    let (one, other) = tokio::join!(
        caller.patch(&path, &etag, json!({ "summary": "Den ene" })),
        caller.patch(&path, &etag, json!({ "summary": "Den andre" }))
    );
    let (won, lost) = if one.status.is_success() { (one, other) } else { (other, one) };
    let won = won.expect(200);
    let lost = lost.refused(412, "stale-revision");
    assert_eq!(lost.etag(), won.etag(), "the refusal names the current revision");
    let request =
        caller.request(reqwest::Method::PATCH, &path).header("content-type", "application/merge-patch+json");
    caller.send(request.body("{}")).await.refused(428, "revision-required");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named_by_member_and_nothing_is_written() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    let table = [
        (json!({}), "#/title", "missing"),
        (json!({ "title": "ab" }), "#/title", "invalid"),
        (json!({ "title": "x".repeat(201) }), "#/title", "invalid"),
        (json!({ "title": "abc", "titel": "abc" }), "#/titel", "unknown"),
        (json!({ "title": "abc", "phase": "done" }), "#/phase", "invalid"),
        (json!({ "title": "abc", "sdgs": [3, 18] }), "#/sdgs/1", "invalid"),
        (json!({ "title": "abc", "strategic_areas": ["smart-by"] }), "#/strategic_areas/0", "invalid"),
        (json!({ "title": "abc", "licence": "MIT" }), "#/licence", "invalid"),
        (
            json!({ "title": "abc", "links": [{ "title": "x", "url": "javascript:alert(1)" }] }),
            "#/links/0/url",
            "invalid",
        ),
        (
            json!({ "title": "abc", "links": [{ "title": "x", "url": "https://a.no/\u{0}" }] }),
            "#/links/0/url",
            "invalid",
        ),
        (json!({ "title": "abc", "contact": { "unit": "x", "email": "x" } }), "#/contact/email", "invalid"),
        (
            json!({ "title": "abc", "location": { "latitude": 91, "longitude": 0 } }),
            "#/location/latitude",
            "invalid",
        ),
        (json!({ "title": "abc", "put_to_use_on": "2025-02-30" }), "#/put_to_use_on", "invalid"),
    ];
    for (body, pointer, code) in table {
        let refused = caller.post("/v1/projects", body.clone()).await.refused(422, "invalid-body");
        assert_eq!(refused.pointers(), [pointer], "{body}");
        assert_eq!(refused.body["errors"][0]["code"], code, "{body}");
    }
    let list = caller.get("/v1/projects").await.expect(200);
    assert_eq!(list.body["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phase_that_cannot_follow_is_refused_with_those_that_can() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    let (id, etag) = caller.create(json!({ "title": "Fallsensorer", "phase": "evaluated" })).await;
    let path = format!("/v1/projects/{id}");
    let refused =
        caller.patch(&path, &etag, json!({ "phase": "idea" })).await.refused(409, "phase-transition");
    assert!(refused.body["detail"].as_str().unwrap().contains("in_use, discontinued"), "{}", refused.body);
    caller.patch(&path, &etag, json!({ "phase": "discontinued" })).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_can_be_deleted_and_what_was_published_cannot() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    let (draft, etag) = caller.create(idea("Bare en idé")).await;
    let path = format!("/v1/projects/{draft}");
    caller.delete(&path, "\"p-7\"").await.refused(412, "stale-revision");
    caller.delete(&path, &etag).await.expect(204);
    caller.get(&path).await.refused(404, "not-found");
    let (published, etag) = caller.publish_new(complete("Fallsensorer"), "public").await;
    caller.delete(&format!("/v1/projects/{published}"), &etag).await.refused(409, "published");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_paged_in_every_order_and_shows_each_project_once() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    let mut ids = Vec::new();
    for number in 0..7 {
        ids.push(caller.create(idea(&format!("Prosjekt {}", (number * 3) % 7))).await.0);
    }
    app.of(SARPSBORG).create(idea("Sarpsborgs eget")).await;
    ids.sort();
    for sort in ["updated", "created", "title"] {
        let (mut seen, mut titles) = (Vec::new(), Vec::new());
        let mut next = Some(format!("/v1/projects?limit=3&sort={sort}"));
        while let Some(path) = next {
            let page = caller.get(&path).await.expect(200);
            for item in page.body["items"].as_array().unwrap() {
                seen.push(item["id"].as_str().unwrap().to_owned());
                titles.push(item["title"].as_str().unwrap().to_owned());
            }
            next = page.body["page"]["next"].as_str().map(ToOwned::to_owned);
            assert_eq!(next.is_some(), page.header("link").contains("rel=\"next\""));
        }
        if sort == "title" {
            assert!(titles.is_sorted(), "{titles:?}");
        }
        seen.sort();
        assert_eq!(seen, ids, "{sort}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_is_good_for_its_own_list_only() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    for number in 0..3 {
        caller.create(idea(&format!("Prosjekt {number}"))).await;
    }
    let page = caller.get("/v1/projects?limit=1").await.expect(200);
    let next = page.body["page"]["next"].as_str().unwrap().to_owned();
    caller.get(&next).await.expect(200);
    caller.get(&next.replace("limit=1", "limit=1&phase=idea")).await.refused(400, "cursor-mismatch");
    caller.get(&format!("{next}x")).await.refused(400, "cursor-mismatch");
    app.of(SARPSBORG).get(&next).await.refused(400, "cursor-mismatch");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_filtered_by_phase_and_state() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    let (draft, _) = caller.create(idea("Utkast")).await;
    let (shown, _) = caller.publish_new(complete("Publisert"), "region").await;
    let (gone, etag) = caller.publish_new(complete("Trukket"), "public").await;
    caller.delete(&format!("/v1/projects/{gone}/publication"), &etag).await.expect(204);
    for (filter, expected) in [
        ("state=draft", vec![&draft]),
        ("state=published", vec![&shown]),
        ("state=withdrawn", vec![&gone]),
        ("phase=idea", vec![&draft]),
        ("phase=in_use&sort=created", vec![&gone, &shown]),
        ("phase=idea&phase=in_use&state=published", vec![&shown]),
    ] {
        let list = caller.get(&format!("/v1/projects?{filter}")).await.expect(200);
        let ids: Vec<_> =
            list.body["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect();
        assert_eq!(ids, expected, "{filter}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_may_do_what_its_scopes_say() {
    let app = TestApp::start().await;
    let (id, _) = app.of(HVALER).create(complete("Fallsensorer")).await;
    let path = format!("/v1/projects/{id}");
    for (role, writes, publishes) in [
        (Role::Reader, false, false),
        (Role::Contributor, true, false),
        (Role::Coordinator, true, true),
        (Role::Administrator, true, true),
    ] {
        let caller = app.with(HVALER, role);
        caller.get(&path).await.expect(200);
        let written = caller.post("/v1/projects", idea("Ny idé")).await.status.as_u16();
        assert_eq!(written, if writes { 201 } else { 403 }, "{role:?}");
        let published = caller.publish(&id, "\"p-0\"", "public").await.status.as_u16();
        assert_eq!(published, if publishes { 412 } else { 403 }, "{role:?}");
    }
}
