//! Municipalities, regions and vocabularies.

use serde_json::json;

use crate::support::{FREDRIKSTAD, MOSS, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn municipalities_keep_their_numbers_through_the_reforms() {
    let app = TestApp::start().await;
    let all = app.anonymous().get("/v1/municipalities").await.expect(200);
    assert_eq!(all.body["items"].as_array().unwrap().len(), 12);
    let fredrikstad =
        app.anonymous().get(&format!("/v1/municipalities/{FREDRIKSTAD}")).await.expect(200).body;
    assert_eq!(
        fredrikstad["municipality_numbers"],
        json!([
            { "number": "0106", "valid_from": null, "valid_to": "2019-12-31", "former_name": null },
            { "number": "3004", "valid_from": "2020-01-01", "valid_to": "2023-12-31", "former_name": null },
            { "number": "3107", "valid_from": "2024-01-01", "valid_to": null, "former_name": null },
        ])
    );
    app.anonymous().get("/v1/municipalities/974760673").await.refused(404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn regions_name_their_members() {
    let app = TestApp::start().await;
    let regions = app.anonymous().get("/v1/regions").await.expect(200).body;
    let members = |slug: &str| {
        let region =
            regions["items"].as_array().unwrap().iter().find(|region| region["slug"] == slug).unwrap();
        region["municipalities"].as_array().unwrap().clone()
    };
    assert_eq!((members("nedre-glomma").len(), members("ostfold").len()), (4, 12));
    assert!(members("ostfold").contains(&json!(MOSS)) && !members("nedre-glomma").contains(&json!(MOSS)));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_term_has_a_label_in_three_languages() {
    let app = TestApp::start().await;
    let names = app.anonymous().get("/v1/vocabularies").await.expect(200).body;
    for name in names["items"].as_array().unwrap() {
        let path = format!("/v1/vocabularies/{}", name.as_str().unwrap());
        let terms = app.anonymous().get(&path).await.expect(200).body;
        for term in terms["terms"].as_array().unwrap() {
            for language in ["nb", "nn", "en"] {
                assert!(
                    term["labels"][language].as_str().is_some_and(|label| !label.is_empty()),
                    "{name} {term}"
                );
            }
        }
    }
    let request = app.anonymous().request(reqwest::Method::GET, "/v1/vocabularies/strategic_areas");
    let areas = app.anonymous().send(request.header("accept-language", "nn")).await.expect(200).body;
    assert_eq!(areas["terms"].as_array().unwrap().len(), 5);
    assert_eq!(areas["terms"][1]["code"], "samskapende-kommune");
    assert_eq!(areas["terms"][1]["label"], areas["terms"][1]["labels"]["nn"]);
    assert_ne!(areas["terms"][1]["label"], areas["terms"][1]["labels"]["nb"]);
    app.anonymous().get("/v1/vocabularies/colours").await.refused(404, "not-found");
}
