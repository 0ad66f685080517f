//! Publishing, versions, audiences and withdrawal.

use serde_json::json;

use crate::support::{FREDRIKSTAD, HVALER, MOSS, TestApp, complete, idea};

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_missing_is_told_at_once() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    let (id, etag) = caller.create(json!({ "title": "Halvferdig", "phase": "discontinued" })).await;
    let refused = caller.publish(&id, &etag, "public").await.refused(422, "not-ready-to-publish");
    let expected = [
        "#/summary",
        "#/need",
        "#/solution",
        "#/transfer_notes",
        "#/lessons",
        "#/strategic_areas",
        "#/kinds",
        "#/degree",
        "#/contact",
        "#/licence",
    ];
    assert_eq!(refused.pointers(), expected);
    let shown = caller.get(&format!("/v1/projects/{id}/publication")).await.expect(200);
    assert_eq!(shown.body["state"], "draft");
    assert_eq!(shown.body["missing"], refused.body["errors"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idea_needs_no_solution_and_a_use_needs_its_date() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    let mut content = complete("Fallsensorer");
    for member in ["solution", "lessons", "transfer_notes", "results", "put_to_use_on"] {
        content.as_object_mut().unwrap().remove(member);
    }
    let (in_use, etag) = caller.create(content.clone()).await;
    let refused = caller.publish(&in_use, &etag, "public").await.refused(422, "not-ready-to-publish");
    assert_eq!(refused.pointers(), ["#/solution", "#/transfer_notes", "#/put_to_use_on"]);
    content["phase"] = json!("idea");
    caller.publish_new(content, "public").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discontinued_project_is_published_with_its_lesson() {
    let app = TestApp::start().await;
    let mut content = complete("Delt elbåt");
    content["phase"] = json!("discontinued");
    let (id, _) = app.of(HVALER).publish_new(content, "public").await;
    let shown = app.anonymous().get(&format!("/v1/publications/{id}")).await.expect(200);
    assert_eq!(shown.body["phase"], "discontinued");
    assert_eq!(shown.body["lessons"], complete("")["lessons"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_project_becomes_a_new_version_and_the_old_one_stays() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    let (id, etag) = caller.publish_new(complete("Første"), "public").await;
    let changed =
        caller.patch(&format!("/v1/projects/{id}"), &etag, json!({ "title": "Andre" })).await.expect(200);
    assert_eq!(changed.body["publication"]["unpublished_changes"], true);
    let public = app.anonymous();
    assert_eq!(public.get(&format!("/v1/publications/{id}")).await.expect(200).body["title"], "Første");
    let body = json!({ "audience": "public", "note": "Nytt navn" });
    let published =
        caller.put(&format!("/v1/projects/{id}/publication"), &changed.etag(), body).await.expect(200);
    assert_eq!(published.body["version"], 2);
    assert_eq!(published.body["unpublished_changes"], false);
    let latest = public.get(&format!("/v1/publications/{id}")).await.expect(200);
    assert_eq!((&latest.body["title"], &latest.body["version"]), (&json!("Andre"), &json!(2)));
    assert_eq!(latest.body["note"], "Nytt navn");
    let first = public.get(&format!("/v1/publications/{id}/versions/1")).await.expect(200);
    assert_eq!(first.body["title"], "Første");
    public.get(&format!("/v1/publications/{id}/versions/3")).await.refused(404, "not-found");
    let versions = public.get(&format!("/v1/publications/{id}/versions?limit=1")).await.expect(200);
    assert_eq!(versions.body["items"][0]["version"], 2);
    let rest = public.get(versions.body["page"]["next"].as_str().unwrap()).await.expect(200);
    assert_eq!(rest.body["items"][0]["title"], "Første");
    assert_eq!(rest.body["page"]["next"], json!(null));
}

#[tokio::test(flavor = "multi_thread")]
async fn publishing_twice_is_publishing_once() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    let (id, etag) = caller.publish_new(complete("Fallsensorer"), "public").await;
    let again = caller.publish(&id, &etag, "public").await.expect(200);
    assert_eq!(again.body["version"], 1);
    assert_eq!(again.etag(), etag, "nothing changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_reviewed_revision_is_published() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    let (id, etag) = caller.create(complete("Gjennomgått")).await;
    caller
        .patch(&format!("/v1/projects/{id}"), &etag, json!({ "title": "Endret etterpå" }))
        .await
        .expect(200);
    caller.publish(&id, &etag, "public").await.refused(412, "stale-revision");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_regional_publication_is_seen_by_neighbours_alone() {
    let app = TestApp::start().await;
    let (id, etag) = app.of(MOSS).publish_new(complete("For Østfold"), "region").await;
    let path = format!("/v1/publications/{id}");
    app.of(HVALER).get(&path).await.expect(200);
    app.of(MOSS).get(&path).await.expect(200);
    app.anonymous().get(&path).await.refused(404, "not-found");
    let owner = app.database.owner().await;
    owner.execute("DELETE FROM region_member WHERE municipality_id = $1", &[&HVALER]).await.unwrap();
    app.of(HVALER).get(&path).await.refused(404, "not-found");
    let widened = app.of(MOSS).publish(&id, &etag, "public").await.expect(200);
    assert_eq!(widened.body["version"], 1, "another audience is no other version");
    app.anonymous().get(&path).await.expect(200);
    app.of(MOSS).publish(&id, &widened.etag(), "region").await.expect(200);
    app.anonymous().get(&path).await.refused(404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_publication_is_gone_and_can_come_back_as_a_new_version() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    let (id, etag) = caller.publish_new(complete("Fallsensorer"), "public").await;
    let (own, path) = (format!("/v1/projects/{id}/publication"), format!("/v1/publications/{id}"));
    app.anonymous().get(&path).await.expect(200);
    let withdrawn = caller.delete(&own, &etag).await.expect(204);
    for reader in [app.anonymous(), app.of(HVALER), app.of(FREDRIKSTAD)] {
        reader.get(&path).await.refused(410, "withdrawn");
        reader.get(&format!("{path}/versions")).await.refused(410, "withdrawn");
        reader.get(&format!("{path}/versions/1")).await.refused(410, "withdrawn");
    }
    let state = caller.get(&own).await.expect(200);
    assert_eq!(
        (&state.body["state"], &state.body["unpublished_changes"]),
        (&json!("withdrawn"), &json!(false))
    );
    caller.delete(&own, &withdrawn.etag()).await.refused(409, "not-published");
    let back = caller.publish(&id, &withdrawn.etag(), "public").await.expect(201);
    assert_eq!(back.body["version"], 2);
    app.anonymous().get(&path).await.expect(200);
    app.anonymous().get(&format!("{path}/versions/2")).await.expect(200);
    app.anonymous().get(&format!("{path}/versions/1")).await.refused(404, "not-found");
    let versions = app.of(HVALER).get(&format!("{path}/versions")).await.expect(200);
    assert_eq!(versions.body["items"].as_array().unwrap().len(), 1, "what was taken back stays taken back");
    let body = json!({ "mode": "copied", "intent": "will_do", "reason": "x", "version": 1 });
    app.of(HVALER).post(&format!("{path}/imitations"), body).await.refused(422, "invalid-body");
    caller.get(&format!("{path}/versions/1")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wider_audience_does_not_see_what_was_written_for_the_narrower() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    let (id, etag) = caller.publish_new(complete("For regionen"), "region").await;
    let path = format!("/v1/publications/{id}");
    let changed = caller.patch(&format!("/v1/projects/{id}"), &etag, json!({ "title": "For alle" })).await;
    caller.publish(&id, &changed.etag(), "public").await.expect(200);
    app.anonymous().get(&format!("{path}/versions/2")).await.expect(200);
    app.anonymous().get(&format!("{path}/versions/1")).await.refused(404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_has_it_already_is_told_so() {
    let app = TestApp::start().await;
    let (id, _) = app.of(FREDRIKSTAD).publish_new(complete("Fallsensorer"), "public").await;
    let path = format!("/v1/publications/{id}");
    let first = app.anonymous().get(&path).await.expect(200);
    let request = app.anonymous().request(reqwest::Method::GET, &path).header("if-none-match", first.etag());
    let again = app.anonymous().send(request).await.expect(304);
    assert_eq!(again.etag(), first.etag());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_has_no_publication() {
    let app = TestApp::start().await;
    let (id, etag) = app.of(FREDRIKSTAD).create(idea("Hemmelig")).await;
    app.of(FREDRIKSTAD).get(&format!("/v1/publications/{id}")).await.refused(404, "not-found");
    app.of(FREDRIKSTAD)
        .delete(&format!("/v1/projects/{id}/publication"), &etag)
        .await
        .refused(409, "not-published");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_can_be_changed_by_nobody() {
    let app = TestApp::start().await;
    app.of(FREDRIKSTAD).publish_new(complete("Fallsensorer"), "public").await;
    let login = app.database.login().await;
    login.batch_execute("SET ROLE glomma_app").await.unwrap();
    login.execute("SELECT set_config('app.municipality_id', $1, false)", &[&FREDRIKSTAD]).await.unwrap();
    for forbidden in [
        "UPDATE publication_version SET note = 'x'",
        "DELETE FROM publication_version",
        "DELETE FROM publication",
        "UPDATE imitation SET reason = 'x'",
        "DELETE FROM change",
        "UPDATE change SET position = 1",
    ] {
        let cause = login.batch_execute(forbidden).await.expect_err(forbidden);
        assert_eq!(cause.code().unwrap().code(), "42501", "{forbidden}");
    }
}
