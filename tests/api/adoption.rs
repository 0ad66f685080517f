//! What became of a project: the ledger, and what others see of it.

use glomma::platform::auth::permission::Role;
use serde_json::{Value, json};

use crate::support::{Answer, Client, FREDRIKSTAD, HVALER, MOSS, RADE, SARPSBORG, TestApp, complete};

async fn record(caller: &Client, id: &str, entry: Value) -> Answer {
    caller.post(&format!("/v1/projects/{id}/adoption/entries"), entry).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_imitation_begins_its_ledger_and_entries_are_only_added() {
    let app = TestApp::start().await;
    let (parent, _) = app.of(FREDRIKSTAD).publish_new(complete("Fallsensorer"), "public").await;
    let caller = app.of(SARPSBORG);
    let done =
        json!({ "mode": "copied", "intent": "have_done", "done_on": "2025-05-01", "reason": "Kjøpt i fjor" });
    let done = caller.post(&format!("/v1/publications/{parent}/imitations"), done).await.expect(201).id();
    assert_eq!(
        caller.get(&format!("/v1/projects/{done}/adoption")).await.expect(200).body["state"],
        "in_use"
    );
    let ledger = caller.get(&format!("/v1/projects/{done}/adoption")).await.expect(200).body;
    assert_eq!(ledger["first_used_on"], "2025-05-01");
    let (id, _) = caller.imitate(&parent).await;
    let path = format!("/v1/projects/{id}/adoption");
    let begun = caller.get(&path).await.expect(200);
    assert_eq!((&begun.body["state"], &begun.etag()), (&json!("planned"), &"\"a-1\"".to_owned()));
    let pilot = json!({ "state": "piloting", "occurred_on": "2026-02-01", "account": { "cost_nok": 250_000, "effort_days": 40,
        "expected_benefits": [{ "quantity": 40.5, "unit": "timer i måneden", "basis": "efficiency" }] } });
    let piloting = record(&caller, &id, pilot.clone()).await.expect(201);
    assert_eq!(piloting.header("location"), path);
    let used = record(
        &caller,
        &id,
        json!({ "state": "in_use", "occurred_on": "2026-06-01", "account": { "advice": "Nett først" } }),
    )
    .await;
    let used = used.expect(201).body;
    assert_eq!((&used["since"], &used["first_used_on"]), (&json!("2026-06-01"), &json!("2026-06-01")));
    assert_eq!(used["account"]["cost_nok"], 250_000, "what an entry does not mention stands");
    assert_eq!(used["entries"].as_array().unwrap().len(), 3);
    let corrected = json!({ "state": "piloting", "occurred_on": "2026-02-01", "account": { "cost_nok": 25_000 }, "corrects": 2 });
    let corrected = record(&caller, &id, corrected).await.expect(201).body;
    assert_eq!((&corrected["state"], &corrected["account"]["cost_nok"]), (&json!("in_use"), &json!(25_000)));
    assert_eq!(corrected["entries"][2]["corrected"], true, "the wrong entry stays");
    assert_eq!(corrected["entries"][2]["account"]["cost_nok"], 250_000);
    record(&caller, &id, json!({ "state": "planned" })).await.refused(409, "adoption-transition");
    for (entry, pointer) in [
        (json!({ "state": "discontinued" }), "#/account/reason"),
        (json!({ "state": "in_use", "corrects": 2 }), "#/corrects"),
        (json!({ "state": "in_use", "corrects": 9 }), "#/corrects"),
        (json!({ "state": "in_use", "account": { "cost_nok": -1 } }), "#/account/cost_nok"),
        (
            json!({ "state": "in_use", "account": { "cost_nok": 2_000_000_000_000_u64 } }),
            "#/account/cost_nok",
        ),
        (json!({ "state": "in_use", "occurred_on": "2026-02-30" }), "#/occurred_on"),
        (json!({ "state": "in_use", "occurred_on": "2999-01-01" }), "#/occurred_on"),
        (json!({ "state": "in_use", "occurred_on": "0001-01-01" }), "#/occurred_on"),
        (json!({ "state": "used" }), "#/state"),
        (json!({ "state": "in_use", "account": { "price": 1 } }), "#/account/price"),
        (json!({ "state": "in_use", "price": 1 }), "#/price"),
    ] {
        let refused = record(&caller, &id, entry).await.refused(422, "invalid-body");
        assert_eq!(refused.pointers(), [pointer]);
    }
    assert_eq!(caller.get(&path).await.expect(200).body, corrected, "what was refused left no trace");
    record(&app.of(HVALER), &id, pilot).await.refused(404, "not-found");
    app.of(HVALER).get(&path).await.refused(404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_was_done_on_a_day_to_come() {
    let app = TestApp::start().await;
    let (parent, _) = app.of(FREDRIKSTAD).publish_new(complete("Fallsensorer"), "public").await;
    let caller = app.of(SARPSBORG);
    for (intent, day) in [("have_done", "2999-01-01"), ("will_do", "2025-05-01")] {
        let wrong = json!({ "mode": "copied", "intent": intent, "done_on": day, "reason": "Kjøpt i fjor" });
        let refused = caller.post(&format!("/v1/publications/{parent}/imitations"), wrong).await;
        assert_eq!(refused.refused(422, "invalid-body").pointers(), ["#/done_on"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_original_gathers_what_became_of_it_as_far_as_each_reader_may_see() {
    let app = TestApp::start().await;
    let (parent, _) = app.of(FREDRIKSTAD).publish_new(complete("Fallsensorer"), "public").await;
    let open = app.of(SARPSBORG).spread(&parent, "Fallsensorer hos oss", "public").await;
    let regional = app.of(HVALER).spread(&parent, "Fallsensorer hos oss", "region").await;
    let (draft, _) = app.of(MOSS).imitate(&parent).await;
    let used = json!({ "state": "in_use", "account": { "did_not_work": "Nettet falt ut", "changed": "Egen alarmsentral" } });
    record(&app.of(SARPSBORG), &open, used.clone()).await.expect(201);
    let stopped =
        json!({ "state": "discontinued", "account": { "reason": "For dyrt", "advice": "Kjøp sammen" } });
    record(&app.of(HVALER), &regional, stopped).await.expect(201);
    record(&app.of(MOSS), &draft, used.clone()).await.expect(201);
    let without_copy = format!("/v1/publications/{parent}/adoption/entries");
    app.of(RADE).post(&without_copy, json!({ "state": "evaluated" })).await.expect(201);
    let path = format!("/v1/publications/{parent}/adoptions");
    let seen = async |reader: Client| reader.get(&path).await.expect(200).body;
    let anybody = seen(app.anonymous()).await;
    let expected = json!({ "planned": 0, "piloting": 0, "in_use": 1, "evaluated": 1, "discontinued": 0 });
    assert_eq!((&anybody["copied"], &anybody["tally"]), (&json!(1), &expected));
    let names = |body: &Value| -> Vec<String> {
        body["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["municipality"]["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&anybody), ["Råde", "Sarpsborg"]);
    assert_eq!(
        (&anybody["items"][0]["imitation_id"], &anybody["items"][1]["imitation_id"]),
        (&Value::Null, &json!(open))
    );
    assert_eq!(anybody["items"][1]["account"]["did_not_work"], "Nettet falt ut");
    assert_eq!((&anybody["own"], &anybody["items"][1]["lessons"]), (&Value::Null, &Value::Null));
    record(&app.of(FREDRIKSTAD), &parent, json!({ "state": "in_use", "account": { "cost_nok": 9 } }))
        .await
        .expect(201);
    let neighbour = seen(app.of(FREDRIKSTAD)).await;
    assert_eq!(
        (&neighbour["own"]["account"]["cost_nok"], &neighbour["tally"]["in_use"]),
        (&json!(9), &json!(1)),
        "apart from the others"
    );
    assert_eq!((&neighbour["copied"], &neighbour["tally"]["discontinued"]), (&json!(2), &json!(1)));
    assert_eq!(names(&neighbour), ["Råde", "Hvaler", "Sarpsborg"]);
    assert_eq!(neighbour["items"][1]["account"]["reason"], "For dyrt");
    let first = app.of(FREDRIKSTAD).get(&format!("{path}?limit=2")).await.expect(200).body;
    let rest = app.of(FREDRIKSTAD).get(first["page"]["next"].as_str().unwrap()).await.expect(200).body;
    assert_eq!((names(&first).len(), names(&rest)), (2, vec!["Sarpsborg".to_owned()]));
    // Whoever imitates it and uses it without a copy too counts once, by the farthest it got.
    app.of(SARPSBORG).post(&without_copy, json!({ "state": "planned" })).await.expect(201);
    assert_eq!(seen(app.anonymous()).await["tally"], expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_tells_how_far_others_are() {
    let app = TestApp::start().await;
    let (parent, _) = app.of(FREDRIKSTAD).publish_new(complete("Fallsensorer"), "public").await;
    let copy = app.of(SARPSBORG).spread(&parent, "Våre sensorer", "public").await;
    record(&app.of(SARPSBORG), &copy, json!({ "state": "in_use" })).await.expect(201);
    let without_copy = format!("/v1/publications/{parent}/adoption/entries");
    app.of(RADE).post(&without_copy, json!({ "state": "evaluated" })).await.expect(201);
    // What a third uses of the copy is the copy's, and not the original's.
    let of_the_copy = format!("/v1/publications/{copy}/adoption/entries");
    app.of(HVALER).post(&of_the_copy, json!({ "state": "in_use" })).await.expect(201);
    let adoptions =
        app.anonymous().get(&format!("/v1/publications/{parent}/adoptions")).await.expect(200).body;
    assert_eq!((&adoptions["tally"]["in_use"], adoptions["items"].as_array().unwrap().len()), (&json!(1), 2));
    let check =
        json!({ "title": "Fallsensorer", "need": "Eldre som bor alene blir liggende lenge etter et fall." });
    let checked = app
        .eventually(async || {
            let checked = app.anonymous().post("/v1/checks", check.clone()).await.expect(200).body;
            let found =
                checked["matches"].as_array().unwrap().iter().find(|hit| hit["id"] == parent)?.clone();
            (found["users"] == 2 && found["imitations"] == 1).then_some(found)
        })
        .await;
    assert_eq!((&checked["adoption"]["in_use"], &checked["adoption"]["evaluated"]), (&json!(1), &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn search_sorts_by_use_that_the_reader_may_see() {
    let app = TestApp::start().await;
    let mut ids = Vec::new();
    for title in ["Sensor A", "Sensor B", "Sensor C"] {
        ids.push(app.of(FREDRIKSTAD).publish_new(complete(title), "public").await.0);
    }
    let used = json!({ "state": "in_use" });
    for (municipality, nth) in [(SARPSBORG, 1), (HVALER, 1), (SARPSBORG, 2)] {
        let path = format!("/v1/publications/{}/adoption/entries", ids[nth]);
        app.of(municipality).post(&path, used.clone()).await.expect(201);
    }
    let hidden = app.of(MOSS).spread(&ids[2], "Fallsensorer hos oss", "region").await;
    record(&app.of(MOSS), &hidden, used.clone()).await.expect(201);
    let hidden = app.of(RADE).spread(&ids[2], "Fallsensorer hos oss", "region").await;
    record(&app.of(RADE), &hidden, used).await.expect(201);
    let wanted = |order: [usize; 3]| order.map(|nth| ids[nth].clone()).to_vec();
    let query = "q=sensor&sort=most_adopted&municipality=940039541";
    for (reader, order) in [(app.anonymous(), [1, 2, 0]), (app.of(FREDRIKSTAD), [2, 1, 0])] {
        app.eventually(async || (reader.found(query).await == wanted(order)).then_some(())).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_without_a_copy_is_kept_when_the_publication_is_gone() {
    let app = TestApp::start().await;
    let owner = app.of(FREDRIKSTAD);
    let (parent, etag) = owner.publish_new(complete("Fallsensorer"), "public").await;
    let path = format!("/v1/publications/{parent}/adoption");
    assert_eq!(app.of(HVALER).get(&path).await.expect(200).body["state"], Value::Null);
    app.of(HVALER).post(&format!("{path}/entries"), json!({ "state": "in_use" })).await.expect(201);
    app.with(HVALER, Role::Reader)
        .post(&format!("{path}/entries"), json!({ "state": "in_use" }))
        .await
        .refused(403, "insufficient-scope");
    owner.delete(&format!("/v1/projects/{parent}/publication"), &etag).await.expect(204);
    assert_eq!(app.of(HVALER).get(&path).await.expect(200).body["state"], "in_use");
    let told =
        app.of(HVALER).post(&format!("{path}/entries"), json!({ "state": "evaluated" })).await.expect(201);
    assert_eq!(told.body["entries"].as_array().unwrap().len(), 2);
    let own =
        app.of(FREDRIKSTAD).post(&format!("{path}/entries"), json!({ "state": "in_use" })).await.expect(201);
    assert_eq!(
        own.header("location"),
        format!("/v1/projects/{parent}/adoption"),
        "the owner's ledger is the project's"
    );
    let (draft, _) = owner.create(complete("Utkast")).await;
    app.of(HVALER).get(&format!("/v1/publications/{draft}/adoption")).await.refused(404, "not-found");
    let unseen = format!("/v1/publications/{draft}/adoption/entries");
    app.of(HVALER).post(&unseen, json!({ "state": "in_use" })).await.refused(404, "not-found");
}
