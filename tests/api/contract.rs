//! The document is the one that is committed, is complete, and every operation was seen to keep to it.

use std::collections::BTreeSet;

use glomma::platform::auth::permission::Role;
use reqwest::Method;
use serde_json::json;

use crate::support::{Contract, FREDRIKSTAD, HVALER, Operation, SARPSBORG, TestApp, complete, idea};
use crate::{
    images::{PIXEL, upload},
    support::kominn::{
        Portal,
        stand_in::{Settings, StandIn},
    },
};

#[test]
fn the_committed_document_is_the_generated_one() {
    let committed = include_str!("../../openapi/openapi.json");
    let generated = format!("{:#}\n", glomma::openapi::document());
    assert!(committed == generated, "openapi/openapi.json is not current: run `make openapi`");
}

#[test]
fn every_list_documents_its_limit_and_its_cursor() {
    let lists = Contract::get().operations().into_iter().filter(|operation| {
        let schema = &operation.spec["responses"]["200"]["content"]["application/json"]["schema"];
        let pointer = schema["$ref"].as_str().unwrap_or_default().trim_start_matches('#');
        let whole = Contract::get().document.pointer(pointer).unwrap_or(schema);
        whole.pointer("/properties/page").is_some()
    });
    let lists: Vec<_> = lists.collect();
    assert!(lists.len() > 7, "{}", lists.len());
    for list in lists {
        for name in ["limit", "cursor"] {
            let documented = list.parameters().iter().any(|parameter| parameter["name"] == name);
            assert!(documented, "{} does not document {name}", list.id());
        }
    }
}

#[test]
fn every_operation_is_described_for_an_integrator() {
    let mut ids = BTreeSet::new();
    for operation in Contract::get().operations() {
        let (id, spec) = (operation.id(), operation.spec);
        assert!(ids.insert(id.to_owned()), "{id} is there twice");
        assert!(
            id.split_once('_').is_some_and(|(verb, noun)| !verb.is_empty() && !noun.is_empty()),
            "{id} is no verb_noun"
        );
        assert!(spec["summary"].as_str().is_some_and(|text| text.len() > 5), "{id} has no summary");
        assert!(spec["description"].as_str().is_some_and(|text| text.len() > 20), "{id} has no description");
        assert_eq!(spec["tags"].as_array().map(Vec::len), Some(1), "{id} has no tag");
        for parameter in operation.parameters() {
            assert!(
                parameter["description"].as_str().is_some_and(|text| !text.is_empty()),
                "{id}: {parameter}"
            );
        }
        for (status, response) in spec["responses"].as_object().unwrap() {
            let problem = response["content"].get("application/problem+json").is_some();
            // RFC 6749 has errors of its own.
            let oauth = id == "issue_token" && response["content"].get("application/json").is_some();
            let health = response["content"].get("application/health+json").is_some();
            assert!(status.starts_with('2') || problem || health || oauth, "{id}: {status} is no problem");
        }
        for parameter in operation.path.split('/').filter(|part| part.starts_with('{')) {
            let name = parameter.trim_matches(['{', '}']);
            assert!(operation.parameters().iter().any(|parameter| parameter["name"] == name), "{id}: {name}");
        }
    }
}

#[test]
fn every_schema_is_sound_and_every_reference_leads_to_one() {
    let document = &Contract::get().document;
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"").skip(1) {
        let reference = reference.split('"').next().unwrap();
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        jsonschema::meta::validate(schema).unwrap_or_else(|cause| panic!("{name}: {cause}"));
    }
}

/// Adding to this list is a decision: these answer without a token.
const PUBLIC: &str = "check_liveness check_plan check_readiness export_publications follow_search_as_atom \
    follow_search_as_json issue_token list_adoptions list_changes list_imitations list_municipalities list_problems list_regions \
    list_similar_publications list_versions list_vocabularies search_publications show_image show_issuer_metadata show_keys show_lineage show_lineage_map show_lineage_picture \
    show_lineage_provenance show_municipality \
    show_problem show_publication show_search show_security_contact show_version show_version_changes show_vocabulary suggest_queries";

#[test]
fn only_what_is_meant_to_be_public_is() {
    let operations = Contract::get().operations();
    let public: BTreeSet<_> =
        operations.iter().filter(|operation| operation.is_public()).map(Operation::id).collect();
    assert_eq!(public, PUBLIC.split_whitespace().collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_succeeds_as_documented() {
    let portal = kominn().await;
    let app = &portal.app;
    let (fredrikstad, public) = (app.of(FREDRIKSTAD), app.anonymous());
    let (draft, etag) = fredrikstad.create(idea("Utkast")).await;
    fredrikstad
        .patch(&format!("/v1/projects/{draft}"), &etag, json!({ "summary": "Kort" }))
        .await
        .expect(200);
    fredrikstad.delete(&format!("/v1/projects/{draft}"), "*").await.expect(204);
    let (id, _) = fredrikstad.publish_new(complete("Fallsensorer"), "public").await;
    fredrikstad.get("/v1/projects").await.expect(200);
    fredrikstad.get(&format!("/v1/projects/{id}")).await.expect(200);
    fredrikstad.get(&format!("/v1/projects/{id}/publication")).await.expect(200);
    for path in [
        "",
        "/versions",
        "/versions/1",
        "/versions/1/changes",
        "/imitations",
        "/adoptions",
        "/lineage",
        "/lineage.geojson",
        "/lineage.jsonld",
        "/lineage.svg",
        "/similar",
    ] {
        public.get(&format!("/v1/publications/{id}{path}")).await.expect(200);
    }
    for path in [
        "/v1/publications",
        "/v1/publications/export",
        "/v1/publications/suggestions?q=fall",
        "/v1/changes",
        "/v1/municipalities",
        "/v1/regions",
        "/v1/vocabularies",
        "/v1/vocabularies/sdgs",
        "/health/live",
        "/health/ready",
        "/problems",
        "/problems/not-found",
        "/.well-known/jwks.json",
        "/.well-known/oauth-authorization-server",
        "/.well-known/security.txt",
    ] {
        public.get(path).await.expect(200);
    }
    public.get(&format!("/v1/municipalities/{HVALER}")).await.expect(200);
    what_is_done_with_searches(app).await;
    public.post("/v1/checks", json!({ "title": "Fallsensorer" })).await.expect(200);
    what_is_sent_to_kominn(&portal, &id).await;
    what_follows_an_imitation(app, &id).await;
    what_administrators_do(app, &id).await;
    what_operators_do(app).await;
    fredrikstad.delete(&format!("/v1/projects/{id}/publication"), "*").await.expect(204);
    let called = app.called.lock().unwrap().clone();
    let documented: BTreeSet<_> =
        Contract::get().operations().iter().map(|operation| operation.id().to_owned()).collect();
    assert_eq!(called, documented, "a new operation is called here too");
}

/// A service beside KOMINN, which may send to KS too.
async fn kominn() -> Portal {
    let site = StandIn::start(Settings::default()).unwrap();
    let secret = std::env::temp_dir().join(format!("glomma-test-induct-{}", uuid::Uuid::now_v7()));
    std::fs::write(&secret, "klient").unwrap();
    let induct = json!({ "base": site.origin(), "client_file": secret });
    Portal::beside("v2", site, json!({ "induct": induct })).await
}

/// The operations on what is sent to KOMINN: of the publication `id`, which both sides change.
async fn what_is_sent_to_kominn(portal: &Portal, id: &str) {
    portal.consent(FREDRIKSTAD).await;
    portal.sync().await;
    let fredrikstad = portal.app.of(FREDRIKSTAD);
    let item = portal.item_of(id)["Id"].as_i64().unwrap();
    portal.site.edit(item, json!({ "Title": "Endret der" }));
    let changed =
        fredrikstad.patch(&format!("/v1/projects/{id}"), "*", json!({ "title": "Endret her" })).await;
    fredrikstad.publish(id, &changed.expect(200).etag(), "public").await.expect(200);
    portal.sync().await;
    for path in ["targets", "links", "runs", "conflicts"] {
        fredrikstad.get(&format!("/v1/kominn/{path}")).await.expect(200);
    }
    let link = portal.link_of(FREDRIKSTAD, id).await["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/kominn/links/{link}");
    fredrikstad.get(&path).await.expect(200);
    fredrikstad.post(&format!("{path}/attempts"), json!({})).await.expect(200);
    let choices = json!({ "choices": { "Title": "ours" } });
    fredrikstad.put(&format!("/v1/kominn/conflicts/{link}/choices"), "*", choices).await.expect(200);
    fredrikstad.put(&format!("{path}/idea"), "*", json!({})).await.expect(200);
    let run = fredrikstad.post("/v1/kominn/runs", json!({ "target": "kominn" })).await.expect(201).id();
    fredrikstad.get(&format!("/v1/kominn/runs/{run}")).await.expect(200);
    fredrikstad.get(&format!("/v1/kominn/runs/{run}/steps")).await.expect(200);
    fredrikstad.delete("/v1/kominn/targets/kominn/consent", "*").await.expect(204);
    let dead = "/v1/platform/kominn/targets/kominn/attempts";
    portal.app.operator().post(dead, json!({})).await.expect(200);
}

/// The operations on saved searches, and on pictures.
async fn what_is_done_with_searches(app: &TestApp) {
    let fredrikstad = app.of(FREDRIKSTAD);
    let image = upload(&fredrikstad, PIXEL).await.expect(201).id();
    fredrikstad.get(&format!("/v1/images/{image}")).await.expect(200);
    let search = json!({ "title": "Fall", "criteria": { "q": "fall" } });
    let search = fredrikstad.post("/v1/searches", search).await.expect(201).id();
    fredrikstad.get("/v1/searches").await.expect(200);
    for path in ["", "/feed.json", "/feed.atom"] {
        fredrikstad.get(&format!("/v1/searches/{search}{path}")).await.expect(200);
    }
    let search = format!("/v1/searches/{search}");
    fredrikstad.patch(&search, "*", json!({ "public": true })).await.expect(200);
    fredrikstad.delete(&search, "*").await.expect(204);
}

/// The operations by which two municipalities go on after one published: by `id`.
async fn what_follows_an_imitation(app: &TestApp, id: &str) {
    let (fredrikstad, sarpsborg) = (app.of(FREDRIKSTAD), app.of(SARPSBORG));
    let (copy, etag) = sarpsborg.imitate(id).await;
    sarpsborg.get(&format!("/v1/projects/{copy}/upstream")).await.expect(200);
    let merge = sarpsborg.request(Method::POST, &format!("/v1/projects/{copy}/upstream/merges"));
    sarpsborg.send(merge.header("If-Match", etag).json(&json!({}))).await.expect(200);
    for ledger in [format!("/v1/projects/{copy}/adoption"), format!("/v1/publications/{id}/adoption")] {
        sarpsborg.get(&ledger).await.expect(200);
        sarpsborg.post(&format!("{ledger}/entries"), json!({ "state": "piloting" })).await.expect(201);
    }
    let offer = json!({ "fields": { "need": "Bedre sagt" }, "reason": "Lært" });
    let proposals = format!("/v1/publications/{id}/proposals");
    for close in ["decision", "withdrawal"] {
        let made = sarpsborg.post(&proposals, offer.clone()).await.expect(201).id();
        let path = format!("/v1/proposals/{made}");
        sarpsborg.get(&path).await.expect(200);
        sarpsborg.post(&format!("{path}/comments"), json!({ "text": "Hei" })).await.expect(201);
        let by = if close == "decision" { &fredrikstad } else { &sarpsborg };
        by.put(&format!("{path}/{close}"), "*", json!({ "outcome": "accepted" })).await.expect(200);
    }
    fredrikstad.get("/v1/proposals").await.expect(200);
    let followed = format!("/v1/follows/publication/{id}");
    fredrikstad.put(&followed, "*", json!({})).await.expect(201);
    fredrikstad.get("/v1/follows").await.expect(200);
    fredrikstad.delete(&followed, "*").await.expect(204);
    let told = async || {
        let told = fredrikstad.get("/v1/notifications").await.expect(200).body;
        told["items"][0]["id"].as_i64()
    };
    let newest = app.eventually(told).await;
    let read = format!("/v1/notifications/{newest}/read");
    fredrikstad.put(&read, "*", json!({})).await.expect(204);
    fredrikstad.delete(&read, "*").await.expect(204);
    fredrikstad.put("/v1/notifications/read", "*", json!({ "through": newest })).await.expect(204);
    for report in ["/v1/reports/spread", "/v1/reports/spread.csv"] {
        fredrikstad.get(report).await.expect(200);
    }
    let detachment = format!("/v1/projects/{copy}/upstream/{id}/detachment");
    sarpsborg.put(&detachment, "*", json!({ "reason": "Egen vei" })).await.expect(200);
}

/// The operations on a municipality's clients, trail and data as a whole.
async fn what_administrators_do(app: &TestApp, id: &str) {
    let administrator = app.with(FREDRIKSTAD, Role::Administrator);
    let (client, secret) = app.new_client(&administrator, "reader", None).await;
    app.token_of(&client, &secret).await;
    let path = format!("/v1/clients/{client}");
    for path in ["/v1/clients", &path, "/v1/audit", "/v1/audit/export", "/v1/export"] {
        administrator.get(path).await.expect(200);
    }
    administrator.patch(&path, "*", json!({ "name": "Nytt navn" })).await.expect(200);
    administrator.delete(&path, "*").await.expect(204);
    let redactions = format!("/v1/projects/{id}/redactions");
    administrator.post(&redactions, json!({ "reason": "Ba om det" })).await.expect(200);
    let leaving = app.with(HVALER, Role::Administrator);
    leaving.put("/v1/departure", "*", json!({ "publications": "withdraw" })).await.expect(200);
}

/// The operations on the platform.
async fn what_operators_do(app: &TestApp) {
    let operator = app.operator();
    for path in ["clients", "audit", "issuers", "signing-keys"] {
        operator.get(&format!("/v1/platform/{path}")).await.expect(200);
    }
    operator.post("/v1/platform/signing-keys", json!({})).await.expect(201);
    let keys = operator.get("/v1/platform/signing-keys").await.expect(200).body;
    let newest = keys["items"][0]["id"].as_str().unwrap();
    operator.delete(&format!("/v1/platform/signing-keys/{newest}"), "*").await.expect(204);
    let client =
        json!({ "municipality": HVALER, "client": { "name": "Administrator", "role": "administrator" } });
    let client = operator.post("/v1/platform/clients", client).await.expect(201).id();
    operator.get(&format!("/v1/platform/clients/{client}")).await.expect(200);
    operator.put(&format!("/v1/platform/clients/{client}/secret"), "*", json!({})).await.expect(200);
    operator.delete(&format!("/v1/platform/clients/{client}"), "*").await.expect(204);
    let municipality = json!({ "name": "Hvaler", "municipality_numbers": [{ "number": "3110" }] });
    operator.put(&format!("/v1/platform/municipalities/{HVALER}"), "*", municipality).await.expect(200);
    operator.put("/v1/platform/regions/ny", "*", json!({ "name": "Ny" })).await.expect(201);
    let member = format!("/v1/platform/regions/ny/members/{HVALER}");
    operator.put(&member, "*", json!({})).await.expect(204);
    operator.delete(&member, "*").await.expect(204);
}
