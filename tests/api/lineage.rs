//! The lineage in its forms, and how large it may get.

use quick_xml::{Reader, events::Event};
use serde_json::{Value, json};

use crate::support::{Client, FREDRIKSTAD, HVALER, MOSS, SARPSBORG, TestApp, complete};

/// The texts of a picture, which must be well-formed.
fn texts(svg: &str) -> Vec<String> {
    let (mut reader, mut texts, mut text) = (Reader::from_str(svg), Vec::new(), String::new());
    loop {
        match reader.read_event().expect("well-formed XML") {
            Event::Start(_) | Event::Empty(_) => text.clear(),
            Event::Text(piece) => text.push_str(&piece.decode().unwrap()),
            Event::GeneralRef(name) => text.push_str(match &*name.decode().unwrap() {
                "lt" => "<",
                "gt" => ">",
                "amp" => "&",
                other => panic!("{other}"),
            }),
            Event::End(_) if !text.is_empty() => texts.push(std::mem::take(&mut text)),
            Event::Eof => return texts,
            Event::End(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_) => {}
        }
    }
}

async fn picture(reader: &Client, path: &str, language: &str) -> Vec<String> {
    let request = reader.request(reqwest::Method::GET, path).header("Accept-Language", language);
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "image/svg+xml");
    texts(&response.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_graph_is_a_map_provenance_and_a_picture() {
    let app = TestApp::start().await;
    let (first, _) = app.of(FREDRIKSTAD).publish_new(complete("Fall <sensorer> & sånt"), "public").await;
    let second = app.of(SARPSBORG).spread(&first, "Sensorer i Sarpsborg", "public").await;
    let third = app.of(HVALER).spread(&second, "Sensorer på Hvaler", "public").await;
    let used = json!({ "state": "in_use" });
    app.of(HVALER).post(&format!("/v1/projects/{third}/adoption/entries"), used).await.expect(201);
    let path = format!("/v1/publications/{second}/lineage");
    let graph = app.anonymous().get(&path).await.expect(200).body;
    let told: Vec<_> = graph["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| (&node["generation"], &node["adoption"]))
        .collect();
    assert_eq!(
        told,
        [(&json!(-1), &Value::Null), (&json!(0), &json!("planned")), (&json!(1), &json!("in_use"))]
    );
    for (direction, ids) in [("origins", [&first, &second]), ("imitations", [&second, &third])] {
        let part = app.anonymous().get(&format!("{path}?direction={direction}")).await.expect(200).body;
        let found: Vec<_> =
            part["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap()).collect();
        assert_eq!(found, ids, "{direction}");
        assert_eq!(part["truncated"], false);
    }
    let map = app.anonymous().get(&format!("{path}.geojson")).await.expect(200);
    assert_eq!(map.header("content-type"), "application/geo+json");
    let features = map.body["features"].as_array().unwrap();
    assert_eq!(features.len(), 5);
    assert_eq!(features[0]["geometry"], json!({ "type": "Point", "coordinates": [10.93, 59.22] }));
    assert_eq!(features[3]["geometry"]["coordinates"], json!([[10.93, 59.22], [11.11, 59.28]]));
    let provenance = app.anonymous().get(&format!("{path}.jsonld")).await.expect(200);
    assert_eq!(provenance.header("content-type"), "application/ld+json");
    let graph = provenance.body["@graph"].as_array().unwrap();
    let entity = graph
        .iter()
        .find(|thing| thing["@id"] == format!("https://api.example/v1/publications/{third}"))
        .unwrap();
    let version = format!("https://api.example/v1/publications/{second}/versions/1");
    assert_eq!(entity["prov:wasDerivedFrom"], json!([{ "@id": version }]));
    assert!(graph.iter().any(|thing| thing["@id"] == json!(version) && thing["@type"] == "prov:Entity"));
    let activities = graph.iter().filter(|thing| thing["@type"] == "prov:Activity").count();
    assert_eq!(activities, 2);
    let seen = picture(&app.anonymous(), &format!("{path}.svg"), "nn").await;
    assert_eq!(seen[0], "Slektskap for «Sensorer i Sarpsborg»");
    assert!(seen[1].starts_with("3 publikasjonar, 3 kommunar."), "{}", seen[1]);
    assert!(seen.iter().any(|text| text == "Fall <sensorer> & sånt"), "{seen:?}");
    assert!(
        ["i bruk", "planlagt", "bruk ikkje registrert"]
            .iter()
            .all(|state| seen.iter().any(|text| text == state)),
        "{seen:?}"
    );
    let withdrawn = app.of(FREDRIKSTAD).get(&format!("/v1/projects/{first}")).await.expect(200).etag();
    app.of(FREDRIKSTAD).delete(&format!("/v1/projects/{first}/publication"), &withdrawn).await.expect(204);
    let seen = picture(&app.anonymous(), &format!("{path}.svg"), "en").await;
    assert!(!seen.iter().any(|text| text.contains("Fall <")), "a tombstone has no title");
    assert!(seen.iter().any(|text| text == "withdrawn"), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_shown_is_in_no_form_of_the_lineage() {
    let app = TestApp::start().await;
    let (first, _) = app.of(FREDRIKSTAD).publish_new(complete("Fallsensorer"), "public").await;
    let (draft, etag) = app.of(MOSS).imitate(&first).await;
    let own = json!({ "title": "Hemmelig utkast" });
    app.of(MOSS).patch(&format!("/v1/projects/{draft}"), &etag, own).await.expect(200);
    for form in ["", ".geojson", ".jsonld", ".svg"] {
        let path = format!("/v1/publications/{first}/lineage{form}");
        for (reader, sees) in [(app.anonymous(), false), (app.of(HVALER), false), (app.of(MOSS), true)] {
            let text =
                reader.request(reqwest::Method::GET, &path).send().await.unwrap().text().await.unwrap();
            assert_eq!(text.contains("Hemmelig") || text.contains("Moss"), sees, "{form}");
        }
        app.of(HVALER)
            .get(&format!("/v1/publications/{draft}/lineage{form}"))
            .await
            .refused(404, "not-found");
    }
}

/// Ten thousand publications: a chain of 200 generations, each with fifty imitations of which one goes on.
const LARGE: &str = include_str!("large_lineage.sql");

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_in_two_hundred_generations_are_shown_to_a_bound_and_cut_with_a_word() {
    let app = TestApp::start().await;
    app.of(FREDRIKSTAD).publish_new(complete("Fallsensorer"), "public").await;
    let owner = app.database.owner().await;
    owner.batch_execute(LARGE).await.unwrap();
    let of = async |generation: i32| -> String {
        let one = format!("SELECT md5('{generation}-1')::uuid::text");
        owner.query_one(&one, &[]).await.unwrap().get(0)
    };
    let reader = app.anonymous();
    for (generation, query, nodes, truncated) in [
        (0, "?depth=5", 251, true),
        (0, "?depth=200", 500, true),
        (100, "", 256, true),
        (199, "?depth=200&direction=origins", 200, false),
        (199, "?depth=198&direction=origins", 199, true),
        (195, "?depth=5&direction=imitations", 201, false),
    ] {
        let path = format!("/v1/publications/{}/lineage{query}", of(generation).await);
        let shown = reader.get(&path).await.expect(200).body;
        let found = shown["nodes"].as_array().unwrap().len();
        assert_eq!((found, &shown["truncated"]), (nodes, &json!(truncated)), "{generation}{query}");
        let known: Vec<&Value> = shown["nodes"].as_array().unwrap().iter().map(|node| &node["id"]).collect();
        let edges = shown["edges"].as_array().unwrap();
        assert!(edges.iter().all(|edge| known.contains(&&edge["from"]) && known.contains(&&edge["to"])));
        assert_eq!(edges.len(), found - 1, "every node but the first has its edge");
    }
    let pictured = picture(&reader, &format!("/v1/publications/{}/lineage.svg", of(0).await), "nb").await;
    assert!(pictured[1].starts_with("60 publikasjoner"), "{}", pictured[1]);
    assert_eq!(pictured.last().unwrap(), "Bildet viser ikke alt: de nærmeste er med.");
    reader
        .get(&format!("/v1/publications/{}/lineage?depth=201", of(0).await))
        .await
        .refused(400, "invalid-parameter");
}
