//! How solutions spread, in numbers.

use serde_json::{Value, json};

use crate::support::{FREDRIKSTAD, HVALER, MOSS, RADE, SARPSBORG, TestApp, complete};

/// The day so many days ago.
fn ago(days: u64) -> String {
    chrono::Utc::now().date_naive().checked_sub_days(chrono::Days::new(days)).unwrap().to_string()
}

/// Fredrikstad's, for everybody, of sixty days ago, was put to use after 10 and 30 days and stopped once; Moss', for the
/// region, was copied by Sarpsborg.
async fn spread() -> TestApp {
    let app = TestApp::start().await;
    let (first, _) = app.of(FREDRIKSTAD).publish_new(complete("Fallsensorer"), "public").await;
    let mut green = complete("Solceller");
    green["strategic_areas"] = json!(["gront-skifte"]);
    let (second, _) = app.of(MOSS).publish_new(green, "region").await;
    let older = "UPDATE publication SET first_published_at = first_published_at - interval '60 days'";
    app.database.owner().await.batch_execute(older).await.unwrap();
    for (municipality, entry) in [
        (SARPSBORG, json!({ "state": "in_use", "occurred_on": ago(50) })),
        (HVALER, json!({ "state": "in_use", "occurred_on": ago(30) })),
        (
            RADE,
            json!({ "state": "discontinued", "occurred_on": ago(1), "account": { "reason": "=For dyrt" } }),
        ),
    ] {
        let path = format!("/v1/publications/{first}/adoption/entries");
        app.of(municipality).post(&path, entry).await.expect(201);
    }
    app.of(SARPSBORG).spread(&second, "Solceller i Sarpsborg", "region").await;
    app
}

fn counts(row: &Value) -> [i64; 4] {
    ["published", "copied", "in_use", "discontinued"].map(|name| row[name].as_i64().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_says_what_travels_how_fast_and_what_was_stopped() {
    let app = spread().await;
    let path = "/v1/reports/spread?by=area&by=municipality";
    let report = app.of(HVALER).get(path).await.expect(200).body;
    let row = |area: &str, name: &str| -> Value {
        let mut rows = report["rows"].as_array().unwrap().iter();
        rows.find(|row| row["area"] == area && row["municipality"]["name"] == name).cloned().unwrap()
    };
    let smart = row("smart-kommune", "Fredrikstad");
    assert_eq!(counts(&smart), [1, 0, 2, 1]);
    assert_eq!((&smart["median_days_to_first_use"], &smart["put_to_use"]), (&json!(20.0), &json!(2)));
    assert_eq!(smart["reasons_for_discontinuing"], json!(["=For dyrt"]));
    assert_eq!(counts(&row("helse-i-alt", "Fredrikstad")), [1, 0, 2, 1], "one of two areas counts for both");
    assert_eq!(counts(&row("gront-skifte", "Moss")), [1, 1, 0, 0]);
    assert_eq!(row("gront-skifte", "Moss")["planned"], 1);
    let most: Vec<_> =
        report["most_spread"].as_array().unwrap().iter().map(|most| most["put_to_use"].clone()).collect();
    assert_eq!(most, [json!(2), json!(0)]);
    let whole = app.of(HVALER).get("/v1/reports/spread").await.expect(200).body;
    assert_eq!(counts(&whole["rows"][0]), [3, 1, 2, 1], "but once in all");
    let green = format!("{path}&area=gront-skifte&municipality={MOSS}");
    let green = app.of(HVALER).get(&green).await.expect(200).body;
    assert_eq!((green["rows"].as_array().unwrap().len(), &green["most_spread"][0]["copied"]), (1, &json!(1)));
    let past = app.of(HVALER).get("/v1/reports/spread?from=2020-01-01&to=2020-12-31").await.expect(200).body;
    assert_eq!(past["rows"], json!([]));
    let database = app.database.owner().await;
    database.execute("DELETE FROM region_member WHERE municipality_id = $1", &[&HVALER]).await.unwrap();
    let less = app.of(HVALER).get("/v1/reports/spread").await.expect(200).body;
    assert_eq!(counts(&less["rows"][0]), [1, 0, 2, 1], "what is for the region is counted for the region");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_is_a_table_for_spreadsheets_too() {
    let app = spread().await;
    let path = "/v1/reports/spread.csv?by=area&by=municipality";
    let response = app.of(HVALER).request(reqwest::Method::GET, path).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/csv; charset=utf-8");
    let table = response.text().await.unwrap();
    let mut lines = csv::Reader::from_reader(table.as_bytes());
    let lines: Vec<csv::StringRecord> = lines.records().map(Result::unwrap).collect();
    let rows = app.of(HVALER).get(&path.replace(".csv", "")).await.expect(200).body["rows"].clone();
    assert_eq!(lines.len(), rows.as_array().unwrap().len());
    assert!(lines.iter().any(|line| &line[2] == "Fredrikstad" && &line[13] == "'=For dyrt"), "{table}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_of_nothing_that_is_there_is_refused() {
    let app = TestApp::start().await;
    for (query, parameter) in [
        ("from=2026-02-01&to=2026-01-01", "from"),
        ("from=1900-01-01", "from"),
        ("area=unknown", "area"),
        ("by=owner", "by"),
        ("from=-4800-01-01&to=-4799-01-01", "from"),
        ("municipality=1", "municipality"),
        ("municipality=999999999", "municipality"),
    ] {
        let refused = app.of(HVALER).get(&format!("/v1/reports/spread?{query}")).await;
        let refused = refused.refused(400, "invalid-parameter");
        assert!(refused.pointers()[0].starts_with(parameter), "{query}");
    }
    app.anonymous().get("/v1/reports/spread").await.refused(401, "unauthenticated");
}
