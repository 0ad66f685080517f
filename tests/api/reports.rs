//! How solutions spread, in numbers.

use serde_json::{Value, json};

use crate::support::{FREDRIKSTAD, HVALER, MOSS, RADE, SARPSBORG, TestApp, complete};

#[tokio::test(flavor = "multi_thread")]
async fn the_report_says_what_travels_how_fast_and_what_was_stopped_as_far_as_the_reader_sees() {
    let app = TestApp::start().await;
    let (first, _) = app.of(FREDRIKSTAD).publish_new(complete("Fallsensorer"), "public").await;
    let mut green = complete("Solceller");
    green["strategic_areas"] = json!(["gront-skifte"]);
    let (second, _) = app.of(MOSS).publish_new(green, "region").await;
    let entry = |id: &str| format!("/v1/publications/{id}/adoption/entries");
    let today = chrono::Utc::now().date_naive();
    let after = |days: u64| json!(today.checked_add_days(chrono::Days::new(days)).unwrap());
    for (municipality, days) in [(SARPSBORG, 10), (HVALER, 30)] {
        app.of(municipality)
            .post(&entry(&first), json!({ "state": "in_use", "occurred_on": after(days) }))
            .await
            .expect(201);
    }
    let stopped =
        json!({ "state": "discontinued", "occurred_on": after(1), "account": { "reason": "=For dyrt" } });
    app.of(RADE).post(&entry(&first), stopped).await.expect(201);
    let (copy, etag) = app.of(SARPSBORG).imitate(&second).await;
    let contact = json!({ "contact": { "unit": "Miljø", "email": "miljo@kommune.example" } });
    let etag =
        app.of(SARPSBORG).patch(&format!("/v1/projects/{copy}"), &etag, contact).await.expect(200).etag();
    app.of(SARPSBORG).publish(&copy, &etag, "region").await.expect(201);
    let last = after(60);
    let path = format!("/v1/reports/spread?by=area&by=municipality&to={}", last.as_str().unwrap());
    let report = app.of(HVALER).get(&path).await.expect(200).body;
    let row = |area: &str, name: &str| -> Value {
        let rows = report["rows"].as_array().unwrap();
        rows.iter()
            .find(|row| row["area"] == area && row["municipality"]["name"] == name)
            .cloned()
            .unwrap_or_default()
    };
    let smart = row("smart-kommune", "Fredrikstad");
    let counts = |row: &Value| {
        ["published", "copied", "in_use", "discontinued"].map(|name| row[name].as_i64().unwrap())
    };
    assert_eq!(counts(&smart), [1, 0, 2, 1]);
    assert_eq!(smart["median_days_to_first_use"], 20.0);
    assert_eq!(smart["reasons_for_discontinuing"], json!(["=For dyrt"]));
    assert_eq!(
        counts(&row("helse-i-alt", "Fredrikstad")),
        [1, 0, 2, 1],
        "a publication of two areas counts for both"
    );
    assert_eq!(counts(&row("gront-skifte", "Moss")), [1, 1, 0, 0]);
    assert_eq!(row("gront-skifte", "Moss")["planned"], 1);
    assert_eq!(report["most_spread"][0]["title"], "Fallsensorer");
    assert_eq!(
        (&report["most_spread"][0]["put_to_use"], &report["most_spread"][1]["copied"]),
        (&json!(2), &json!(1))
    );
    let whole = app
        .of(HVALER)
        .get(&format!("/v1/reports/spread?to={}", last.as_str().unwrap()))
        .await
        .expect(200)
        .body;
    assert_eq!(counts(&whole["rows"][0]), [3, 1, 2, 1], "but once in all");
    let other =
        app.of(HVALER).get(&format!("{path}&area=gront-skifte&municipality={MOSS}")).await.expect(200).body;
    assert_eq!(other["rows"].as_array().unwrap().len(), 1);
    assert_eq!(other["most_spread"].as_array().unwrap().len(), 1);
    let past = app.of(HVALER).get("/v1/reports/spread?from=2020-01-01&to=2020-12-31").await.expect(200).body;
    assert_eq!(past["rows"], json!([]));
    let request = app.of(HVALER).request(reqwest::Method::GET, &path.replace("spread?", "spread.csv?"));
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/csv; charset=utf-8; header=present");
    let table = response.text().await.unwrap();
    let mut lines = csv::Reader::from_reader(table.as_bytes());
    let lines: Vec<csv::StringRecord> = lines.records().map(Result::unwrap).collect();
    assert_eq!(lines.len(), report["rows"].as_array().unwrap().len());
    assert!(lines.iter().any(|line| &line[2] == "Fredrikstad" && &line[12] == "'=For dyrt"), "{table}");
    for (query, parameter) in [
        ("from=2026-02-01&to=2026-01-01", "from"),
        ("from=1900-01-01", "from"),
        ("area=unknown", "area"),
        ("by=owner", "by"),
        ("municipality=1", "municipality"),
    ] {
        let refused = app
            .of(HVALER)
            .get(&format!("/v1/reports/spread?{query}"))
            .await
            .refused(400, "invalid-parameter");
        assert!(refused.pointers()[0].starts_with(parameter), "{query}");
    }
    app.anonymous().get("/v1/reports/spread").await.refused(401, "unauthenticated");
}
