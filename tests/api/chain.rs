//! One project on its way through four municipalities, with everything that can happen to it on the way.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Client, FREDRIKSTAD, HVALER, RADE, SARPSBORG, TestApp, complete};

async fn change(owner: &Client, id: &str, patch: Value) {
    owner.patch(&format!("/v1/projects/{id}"), "*", patch).await.expect(200);
}

async fn publish(owner: &Client, id: &str) {
    owner.publish(id, "*", "public").await.expect(200);
}

async fn upstream(owner: &Client, id: &str) -> Value {
    owner.get(&format!("/v1/projects/{id}/upstream")).await.expect(200).body["items"][0].clone()
}

async fn merge(owner: &Client, id: &str, decisions: Value) -> Answer {
    let request = owner.request(Method::POST, &format!("/v1/projects/{id}/upstream/merges"));
    owner.send(request.header("If-Match", "*").json(&decisions)).await
}

#[expect(clippy::too_many_lines, reason = "one story, told in one go")]
#[tokio::test(flavor = "multi_thread")]
async fn a_project_travels_over_four_municipalities_and_every_step_is_kept() {
    let app = TestApp::start().await;
    let [fredrikstad, sarpsborg, hvaler, rade] = [FREDRIKSTAD, SARPSBORG, HVALER, RADE].map(|of| app.of(of));
    let everybody = app.anonymous();

    // Three generations of imitations.
    let (first, _) = fredrikstad.publish_new(complete("Fallsensorer"), "public").await;
    let second = sarpsborg.spread(&first, "Fallsensorer i Sarpsborg", "public").await;
    let third = hvaler.spread(&second, "Fallsensorer på Hvaler", "public").await;
    let fourth = rade.spread(&third, "Fallsensorer i Råde", "public").await;

    // Both change the solution, each in its way: a conflict that Sarpsborg decides.
    change(&sarpsborg, &second, json!({ "solution": "Armbånd i stedet for radar." })).await;
    change(
        &fredrikstad,
        &first,
        json!({ "solution": "Radar på veggen.", "need": "Hjelpen kommer for sent." }),
    )
    .await;
    publish(&fredrikstad, &first).await;
    assert_eq!(upstream(&sarpsborg, &second).await["status"], "diverged");
    let refused =
        merge(&sarpsborg, &second, json!({ "keep": ["title"] })).await.refused(409, "merge-conflict");
    assert_eq!(refused.pointers(), ["#/solution"]);
    let merged = merge(&sarpsborg, &second, json!({ "keep": ["title", "solution"] })).await.expect(200).body;
    assert_eq!(merged["project"]["need"], "Hjelpen kommer for sent.");
    assert_eq!(merged["project"]["solution"], "Armbånd i stedet for radar.");
    publish(&sarpsborg, &second).await;

    // What was merged there goes on to Hvaler.
    assert_eq!(upstream(&hvaler, &third).await["status"], "diverged", "its title is its own");
    let merged = merge(&hvaler, &third, json!({})).await.expect(200).body;
    assert_eq!(merged["project"]["need"], "Hjelpen kommer for sent.");
    assert_eq!(merged["project"]["title"], "Fallsensorer på Hvaler");
    publish(&hvaler, &third).await;

    // Sarpsborg offers back what it learned; Fredrikstad takes over a part, with credit.
    let offer = json!({ "fields": { "transfer_notes": "Prøv armbånd først.", "solution": "Armbånd." }, "reason": "Billigere" });
    let made = sarpsborg.post(&format!("/v1/publications/{first}/proposals"), offer).await.expect(201);
    let decision = json!({ "outcome": "accepted", "keep": ["solution"], "answer": "Rådet er godt" });
    let decided =
        fredrikstad.put(&format!("/v1/proposals/{}/decision", made.id()), &made.etag(), decision).await;
    assert_eq!(decided.expect(200).body["state"], "partly_accepted");
    publish(&fredrikstad, &first).await;
    let version = everybody.get(&format!("/v1/publications/{first}")).await.expect(200).body;
    assert_eq!(
        (&version["transfer_notes"], &version["solution"]),
        (&json!("Prøv armbånd først."), &json!("Radar på veggen."))
    );
    assert_eq!(version["credits"][0]["municipality"]["name"], "Sarpsborg");

    // Råde tries it, and stops.
    for entry in [
        json!({ "state": "piloting", "occurred_on": "2026-02-01" }),
        json!({ "state": "discontinued", "occurred_on": "2026-05-01",
            "account": { "reason": "Armbåndene ble ikke brukt", "advice": "Spør brukerne først" } }),
    ] {
        rade.post(&format!("/v1/projects/{fourth}/adoption/entries"), entry).await.expect(201);
    }
    let became = everybody.get(&format!("/v1/publications/{third}/adoptions")).await.expect(200).body;
    assert_eq!((&became["copied"], &became["tally"]["discontinued"]), (&json!(1), &json!(1)));
    assert_eq!(became["items"][0]["account"]["reason"], "Armbåndene ble ikke brukt");

    // Sarpsborg withdraws, in the middle: nobody below gets another parent, and nothing of it is shown.
    sarpsborg.delete(&format!("/v1/projects/{second}/publication"), "*").await.expect(204);
    assert_eq!(upstream(&hvaler, &third).await["status"], "withdrawn");
    merge(&hvaler, &third, json!({})).await.refused(409, "upstream-unavailable");
    let lineage = everybody.get(&format!("/v1/publications/{first}/lineage")).await.expect(200).body;
    let told: Vec<_> = lineage["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| {
            (
                node["municipality"]["name"].as_str().unwrap(),
                node["state"].as_str().unwrap(),
                node["adoption"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("Fredrikstad", "published", None),
            ("Sarpsborg", "withdrawn", None),
            ("Hvaler", "published", Some("planned")),
            ("Råde", "published", Some("discontinued")),
        ]
    );
    assert_eq!(lineage["nodes"][1]["title"], Value::Null);
    let edges: Vec<_> =
        lineage["edges"].as_array().unwrap().iter().map(|edge| (&edge["from"], &edge["to"])).collect();
    let chain = [&first, &second, &third, &fourth].map(|id| json!(id));
    assert_eq!(edges, [(&chain[0], &chain[1]), (&chain[1], &chain[2]), (&chain[2], &chain[3])]);
    assert_eq!(lineage["contributions"][0]["municipality"]["name"], "Sarpsborg", "the credit stays");

    // And everybody concerned was told.
    app.eventually(async || {
        let told = hvaler.get("/v1/notifications").await.expect(200).body;
        let told: Vec<_> = told["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| {
                (item["kind"].as_str().unwrap().to_owned(), item["because"].as_str().unwrap().to_owned())
            })
            .collect();
        let expected = [
            ("withdrawn", "you_imitate_it"),
            ("adoption_recorded", "it_imitates_yours"),
            ("adoption_recorded", "it_imitates_yours"),
            ("version_published", "you_imitate_it"),
            ("published", "it_imitates_yours"),
        ];
        (told == expected.map(|(kind, why)| (kind.to_owned(), why.to_owned()))).then_some(())
    })
    .await;
}
