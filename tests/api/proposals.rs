//! Offering back what was learned.

use glomma::platform::auth::permission::Role;
use serde_json::{Value, json};

use crate::support::{Answer, Client, FREDRIKSTAD, HVALER, SARPSBORG, TestApp, complete};

async fn propose(caller: &Client, publication: &str, fields: Value) -> Answer {
    let body = json!({ "fields": fields, "reason": "Det vi lærte" });
    caller.post(&format!("/v1/publications/{publication}/proposals"), body).await
}

async fn decide(caller: &Client, proposal: &Answer, decision: Value) -> Answer {
    caller.put(&format!("/v1/proposals/{}/decision", proposal.id()), &proposal.etag(), decision).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_proposal_is_written_to_the_project_and_credited_with_the_next_version() {
    let app = TestApp::start().await;
    let (owner, imitator) = (app.of(FREDRIKSTAD), app.of(SARPSBORG));
    let (id, _) = owner.publish_new(complete("Fallsensorer"), "public").await;
    let offered = json!({ "transfer_notes": "Begynn med nettet.", "tags": ["Velferdsteknologi", "fallsensor", "Radar"], "need": "Nytt behov" });
    let made = propose(&imitator, &id, offered).await.expect(201);
    assert_eq!(made.header("location"), format!("/v1/proposals/{}", made.id()));
    assert_eq!((&made.body["state"], &made.body["stale"]), (&json!("open"), &json!(false)));
    let received = owner.get("/v1/proposals?side=received&state=open").await.expect(200).body;
    assert_eq!(received["items"][0]["id"], made.body["id"]);
    assert_eq!(received["items"][0]["proposer"]["name"], "Sarpsborg");
    assert_eq!(owner.get("/v1/proposals?side=made").await.expect(200).body["items"], json!([]));
    let path = format!("/v1/proposals/{}", made.id());
    let said =
        owner.post(&format!("{path}/comments"), json!({ "text": "Gjelder det alle?" })).await.expect(201);
    let said = imitator.post(&format!("{path}/comments"), json!({ "text": "Ja." })).await.expect(201).id()
        == said.id();
    assert!(said);
    decide(&owner, &made, json!({ "outcome": "accepted" })).await.refused(412, "stale-revision");
    let read = owner.get(&path).await.expect(200);
    assert_eq!(read.body["comments"][1]["municipality"]["name"], "Sarpsborg");
    let accepted =
        decide(&owner, &read, json!({ "outcome": "accepted", "keep": ["need"], "answer": "Takk" }))
            .await
            .expect(200);
    assert_eq!(accepted.body["state"], "partly_accepted");
    assert_eq!(accepted.body["taken"], json!(["transfer_notes", "tags"]));
    let project = owner.get(&format!("/v1/projects/{id}")).await.expect(200);
    assert_eq!(
        (&project.body["transfer_notes"], &project.body["need"]),
        (&json!("Begynn med nettet."), &complete("")["need"])
    );
    assert_eq!(project.body["tags"], json!(["velferdsteknologi", "fallsensor", "radar"]));
    let note = json!({ "audience": "public", "note": "Etter erfaringer" });
    owner.put(&format!("/v1/projects/{id}/publication"), &project.etag(), note).await.expect(200);
    let version = app.anonymous().get(&format!("/v1/publications/{id}/versions/2")).await.expect(200).body;
    assert_eq!(version["note"], "Etter erfaringer\nMed bidrag fra Sarpsborg.");
    assert_eq!(version["credits"][0]["municipality"]["name"], "Sarpsborg");
    assert_eq!(version["credits"][0]["fields"], json!(["transfer_notes", "tags"]));
    let changed = owner.get(&format!("/v1/projects/{id}")).await.expect(200);
    let changed = owner
        .patch(&format!("/v1/projects/{id}"), &changed.etag(), json!({ "title": "Nyere" }))
        .await
        .expect(200);
    owner.publish(&id, &changed.etag(), "public").await.expect(200);
    let third = app.anonymous().get(&format!("/v1/publications/{id}")).await.expect(200).body;
    assert_eq!(
        (&third["note"], &third["credits"]),
        (&Value::Null, &json!([])),
        "a credit is for one version"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_meanwhile_makes_a_proposal_stale_and_is_not_overwritten_unasked() {
    let app = TestApp::start().await;
    let (owner, imitator) = (app.of(FREDRIKSTAD), app.of(SARPSBORG));
    let (id, etag) = owner.publish_new(complete("Fallsensorer"), "public").await;
    let made =
        propose(&imitator, &id, json!({ "need": "Behovet hos oss", "sdgs": [3, 11, 9] })).await.expect(201);
    let changed = json!({ "need": "Behovet på nytt", "sdgs": [3] });
    owner.patch(&format!("/v1/projects/{id}"), &etag, changed).await.expect(200);
    let path = format!("/v1/proposals/{}", made.id());
    assert_eq!(imitator.get(&path).await.expect(200).body["stale"], false, "a draft is nobody else's to see");
    let seen = owner.get(&path).await.expect(200);
    assert_eq!(
        (&seen.body["stale"], &seen.body["fields"][0]["current"]),
        (&json!(true), &json!("Behovet på nytt"))
    );
    let refused =
        decide(&owner, &seen, json!({ "outcome": "accepted" })).await.refused(409, "merge-conflict");
    assert_eq!(refused.pointers(), ["#/need"]);
    let accepted =
        decide(&owner, &seen, json!({ "outcome": "accepted", "take": ["need"] })).await.expect(200);
    assert_eq!(accepted.body["state"], "accepted");
    let project = owner.get(&format!("/v1/projects/{id}")).await.expect(200).body;
    assert_eq!((&project["need"], &project["sdgs"]), (&json!("Behovet hos oss"), &json!([3, 9])));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_side_does_what_is_its_own_to_do_and_nobody_else_sees_any_of_it() {
    let app = TestApp::start().await;
    let (owner, imitator, stranger) = (app.of(FREDRIKSTAD), app.of(SARPSBORG), app.of(HVALER));
    let (id, etag) = owner.publish_new(complete("Fallsensorer"), "public").await;
    propose(&owner, &id, json!({ "need": "Mitt" })).await.refused(409, "own-publication");
    let made = propose(&imitator, &id, json!({ "need": "Nytt" })).await.expect(201);
    let path = format!("/v1/proposals/{}", made.id());
    stranger.get(&path).await.refused(404, "not-found");
    stranger.post(&format!("{path}/comments"), json!({ "text": "Hei" })).await.refused(404, "not-found");
    assert_eq!(stranger.get("/v1/proposals").await.expect(200).body["items"], json!([]));
    decide(&stranger, &made, json!({ "outcome": "accepted" })).await.refused(404, "not-found");
    decide(&imitator, &made, json!({ "outcome": "accepted" })).await.refused(403, "other-party");
    imitator.put(&format!("{path}/decision"), "\"r-9\"", json!({})).await.refused(403, "other-party");
    owner.put(&format!("{path}/withdrawal"), &made.etag(), json!({})).await.refused(403, "other-party");
    let refused = decide(&owner, &made, json!({ "outcome": "declined" })).await.refused(422, "invalid-body");
    assert_eq!(refused.pointers(), ["#/answer"]);
    let declined =
        decide(&owner, &made, json!({ "outcome": "declined", "answer": "Ikke her" })).await.expect(200);
    decide(&owner, &declined, json!({ "outcome": "accepted" })).await.refused(409, "proposal-closed");
    decide(&imitator, &declined, json!({ "outcome": "accepted" })).await.refused(403, "other-party");
    assert_eq!(
        owner.get(&format!("/v1/projects/{id}")).await.expect(200).etag(),
        etag,
        "nothing was written"
    );
    let second = propose(&imitator, &id, json!({ "lessons": "Nettet først" })).await.expect(201);
    let withdrawal = format!("/v1/proposals/{}/withdrawal", second.id());
    let withdrawn = imitator.put(&withdrawal, &second.etag(), json!({})).await.expect(200);
    assert_eq!(withdrawn.body["state"], "withdrawn");
    imitator.put(&withdrawal, &withdrawn.etag(), json!({})).await.refused(409, "proposal-closed");
    let kinds = async |reader: &Client| {
        let changes = reader.get("/v1/changes?after=0").await.expect(200).body;
        let items = changes["items"].as_array().unwrap().clone();
        items
            .into_iter()
            .map(|item| item["kind"].as_str().unwrap().to_owned())
            .filter(|kind| kind.starts_with("prop"))
            .collect::<Vec<_>>()
    };
    let expected = ["proposal_made", "proposal_made", "proposal_withdrawn"].map(str::to_owned).to_vec();
    app.eventually(async || (kinds(&owner).await == expected).then_some(())).await;
    assert_eq!(kinds(&imitator).await, ["proposal_declined"]);
    assert_eq!(kinds(&stranger).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_offered_is_refused_by_name() {
    let app = TestApp::start().await;
    let (id, etag) = app.of(FREDRIKSTAD).publish_new(complete("Fallsensorer"), "public").await;
    let imitator = app.of(SARPSBORG);
    for (fields, pointer) in [
        (json!({}), "#/fields"),
        (json!({ "results": "Våre" }), "#/fields/results"),
        (json!({ "unknown": 1 }), "#/fields/unknown"),
        (json!({ "title": null }), "#/fields/title"),
        (json!({ "title": "x" }), "#/fields/title"),
        (json!({ "kinds": ["unknown"] }), "#/fields/kinds/0"),
        (json!({ "need": complete("")["need"] }), "#/fields/need"),
        (json!({ "tags": ["fallsensor", "velferdsteknologi"] }), "#/fields/tags"),
    ] {
        let refused = propose(&imitator, &id, fields).await.refused(422, "invalid-body");
        assert_eq!(refused.pointers(), [pointer]);
    }
    let reader = app.with(SARPSBORG, Role::Reader);
    propose(&reader, &id, json!({ "need": "Nytt" })).await.refused(403, "insufficient-scope");
    app.of(FREDRIKSTAD).delete(&format!("/v1/projects/{id}/publication"), &etag).await.expect(204);
    propose(&imitator, &id, json!({ "need": "Nytt" })).await.refused(410, "withdrawn");
    let (draft, _) = app.of(FREDRIKSTAD).create(complete("Utkast")).await;
    propose(&imitator, &draft, json!({ "need": "Nytt" })).await.refused(404, "not-found");
}
