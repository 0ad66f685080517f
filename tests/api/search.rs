//! Search over publications.

use serde_json::{Value, json};

use crate::support::{Database, FREDRIKSTAD, HVALER, MOSS, SARPSBORG, TestApp, cluster, complete};

async fn wait_for(app: &TestApp, query: &str, count: usize) {
    app.eventually(async || (app.anonymous().found(query).await.len() == count).then_some(())).await;
}

fn titled(title: &str, member: &str, value: Value) -> Value {
    let mut content = complete(title);
    content[member] = value;
    content
}

#[tokio::test(flavor = "multi_thread")]
async fn words_are_found_wherever_they_stand_and_in_any_form() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    let mut expected = Vec::new();
    for (member, value) in [
        ("title", json!("Utlån av kajakken")),
        ("summary", json!("Kajakkene lånes ut.")),
        ("need", json!("Ingen har kajakk.")),
        ("solution", json!("Kajakkar til alle.")),
        ("results", json!("Ni av ti brukte kajakken.")),
        ("lessons", json!("En kajakk velter.")),
        ("transfer_notes", json!("Kjøp flere kajakker.")),
        ("tags", json!(["kajakk"])),
        ("target_groups", json!(["Folk med kajakk"])),
    ] {
        expected.push(caller.publish_new(titled("Prosjektet", member, value), "public").await.0);
    }
    wait_for(&app, "q=kajakken", expected.len()).await;
    let mut found = app.anonymous().found("q=kajakker").await;
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    assert_eq!(app.anonymous().found("q=fredrikstad").await.len(), expected.len(), "by municipality");
    let some = app.anonymous().get("/v1/publications?q=kajakk+spaserstokk").await.expect(200).body;
    assert_eq!((&some["total"], &some["matching"]), (&json!(expected.len()), &json!("some")));
    assert_eq!(app.anonymous().found("q=kajakk+spaserstokk&sort=newest").await.len(), 0, "all words, else");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hit_says_where_it_matched_in_its_own_spelling() {
    let app = TestApp::start().await;
    let content = titled("Sensor <b>i taket</b>", "need", json!("Sensoren ser & hører ikke."));
    let (id, _) = app.of(FREDRIKSTAD).publish_new(content, "public").await;
    wait_for(&app, "q=sensoren", 1).await;
    let hit = app.anonymous().get("/v1/publications?q=sensoren").await.expect(200).body["items"][0].clone();
    assert_eq!(hit["id"], json!(id));
    assert_eq!(hit["highlights"]["title"], "<mark>Sensor</mark> &lt;b&gt;i taket&lt;/b&gt;");
    assert_eq!(hit["highlights"]["need"], "<mark>Sensoren</mark> ser &amp; hører ikke.");
    let fields: Vec<_> = hit["matched"].as_array().unwrap().iter().map(|matched| &matched["field"]).collect();
    assert!(fields.starts_with(&[&json!("title")]) && fields.contains(&&json!("need")), "{fields:?}");
    assert_eq!(hit.get("contact"), None, "no contact in search");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_title_counts_for_more_than_a_body() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    let (body, _) =
        caller.publish_new(titled("Noe annet", "solution", json!("Vi bruker solceller.")), "public").await;
    let (title, _) = caller.publish_new(complete("Solceller på skolen"), "public").await;
    wait_for(&app, "q=solceller", 2).await;
    assert_eq!(app.anonymous().found("q=solceller").await, [title.clone(), body.clone()]);
    assert_eq!(app.anonymous().found("q=solceller&sort=newest").await, [title, body]);
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_are_alternatives_within_a_facet_and_demands_across() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    let mut green = titled("Grønn", "strategic_areas", json!(["gront-skifte"]));
    green["sdgs"] = json!([13]);
    green["language"] = json!("nn");
    let (green, _) = caller.publish_new(green, "public").await;
    let (health, _) = caller.publish_new(titled("Helse", "tags", json!(["Trygghet"])), "public").await;
    let (hvaler, _) = app.of(HVALER).publish_new(titled("Øya", "phase", json!("piloted")), "public").await;
    wait_for(&app, "", 3).await;
    for (query, expected) in [
        ("area=gront-skifte", vec![&green]),
        ("area=gront-skifte&area=helse-i-alt&sort=newest", vec![&hvaler, &health, &green]),
        ("area=helse-i-alt&phase=piloted", vec![&hvaler]),
        ("area=gront-skifte&phase=piloted", vec![]),
        ("municipality=964947082", vec![&hvaler]),
        ("sdg=13", vec![&green]),
        ("language=nn", vec![&green]),
        ("tag=trygghet", vec![&health]),
        ("tag=Trygghet", vec![&health]),
        ("kind=product-service&degree=everyday&municipality=940039541&sort=newest", vec![&health, &green]),
        ("tag=ukjent", vec![]),
    ] {
        assert_eq!(app.anonymous().found(query).await.iter().collect::<Vec<_>>(), expected, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn facets_count_all_hits_and_ignore_their_own_filter() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    caller.publish_new(titled("Grønn", "strategic_areas", json!(["gront-skifte"])), "public").await;
    caller.publish_new(complete("Helse"), "public").await;
    app.of(HVALER).publish_new(complete("Øya"), "public").await;
    wait_for(&app, "", 3).await;
    let path =
        "/v1/publications?limit=1&facets=area&facets=municipality&area=gront-skifte&area=smidig-organisasjon";
    let request = app.anonymous().request(reqwest::Method::GET, path).header("accept-language", "en");
    let facets = app.anonymous().send(request).await.expect(200).body["facets"].clone();
    let counts = |facet: &str| -> Vec<(String, u64, bool)> {
        let values = facets[facet].as_array().unwrap().iter();
        values
            .map(|value| {
                (
                    value["label"].as_str().unwrap().to_owned(),
                    value["count"].as_u64().unwrap(),
                    value["selected"].as_bool().unwrap(),
                )
            })
            .collect()
    };
    let named = |label: &str, count, selected| (label.to_owned(), count, selected);
    assert_eq!(
        counts("area"),
        [
            named("Health in everything", 2, false),
            named("A smart municipality", 2, false),
            named("The green shift", 1, true),
            named("An agile organisation", 0, true),
        ]
    );
    assert_eq!(counts("municipality"), [named("Fredrikstad", 1, false)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_show_each_hit_once_in_every_order() {
    let app = TestApp::start().await;
    for number in 0..7 {
        app.of(FREDRIKSTAD).publish_new(complete(&format!("Prosjekt {number}")), "public").await;
    }
    wait_for(&app, "q=prosjekt", 7).await;
    for sort in ["relevance", "newest", "most_imitated"] {
        let (mut seen, mut next) =
            (Vec::new(), Some(format!("/v1/publications?q=prosjekt&limit=3&sort={sort}")));
        while let Some(path) = next {
            let page = app.anonymous().get(&path).await.expect(200);
            assert_eq!(page.body["total"], 7);
            seen.extend(page.body["items"].as_array().unwrap().iter().map(|hit| hit["id"].to_string()));
            next = page.body["page"]["next"].as_str().map(ToOwned::to_owned);
        }
        let count = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!((count, seen.len()), (7, 7), "{sort}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_of_a_draft_or_of_another_region_is_never_found_nor_counted() {
    let app = TestApp::start().await;
    app.of(FREDRIKSTAD).create(complete("Hemmelighet")).await;
    let (regional, _) = app.of(MOSS).publish_new(complete("Hemmelighet"), "region").await;
    let (marker, _) = app.of(MOSS).publish_new(complete("Markør"), "public").await;
    wait_for(&app, "q=markør", 1).await;
    let query = "q=hemmelighet&facets=municipality&facets=tag";
    let seen = app.anonymous().get(&format!("/v1/publications?{query}")).await.expect(200).body;
    assert_eq!((&seen["items"], &seen["total"]), (&json!([]), &json!(0)));
    assert_eq!(seen["facets"], json!({ "municipality": [], "tag": [] }));
    assert_eq!(app.of(HVALER).found(query).await, std::slice::from_ref(&regional));
    let everything = app.anonymous().get("/v1/publications?facets=municipality").await.expect(200).body;
    assert_eq!((&everything["items"][0]["id"], &everything["total"]), (&json!(marker), &json!(1)));
    assert_eq!(everything["facets"]["municipality"][0]["count"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_changed_narrowed_or_withdrawn_is_found_as_it_is_now() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    let (id, etag) = caller.publish_new(complete("Kajakk"), "public").await;
    wait_for(&app, "q=kajakk", 1).await;
    let changed =
        caller.patch(&format!("/v1/projects/{id}"), &etag, json!({ "title": "Robåt" })).await.expect(200);
    let published = caller.publish(&id, &changed.etag(), "public").await.expect(200);
    wait_for(&app, "q=robåt", 1).await;
    assert_eq!(app.anonymous().found("q=kajakk").await.len(), 0);
    let narrowed = caller.publish(&id, &published.etag(), "region").await.expect(200);
    wait_for(&app, "q=robåt", 0).await;
    assert_eq!(app.of(HVALER).found("q=robåt").await, std::slice::from_ref(&id));
    caller.delete(&format!("/v1/projects/{id}/publication"), &narrowed.etag()).await.expect(204);
    app.eventually(async || app.of(HVALER).found("q=robåt").await.is_empty().then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_on_one_database_find_the_same() {
    let database = cluster().await.database().await;
    let twin = Database { url: database.url.clone(), owner_url: database.owner_url.clone() };
    let (one, other) = tokio::join!(TestApp::on(database), TestApp::on(twin));
    let mut etags = Vec::new();
    for number in 0..20 {
        let node = if number % 2 == 0 { &one } else { &other };
        let municipality = if number % 3 == 0 { SARPSBORG } else { HVALER };
        let (id, etag) =
            node.of(municipality).publish_new(complete(&format!("Båt {number}")), "public").await;
        etags.push((municipality, id, etag));
    }
    wait_for(&one, "q=båt&limit=100", 20).await;
    wait_for(&other, "q=båt&limit=100", 20).await;
    let (municipality, id, etag) = etags.remove(0);
    other.anonymous().get(&format!("/v1/publications/{id}")).await.expect(200);
    one.of(municipality).delete(&format!("/v1/projects/{id}/publication"), &etag).await.expect(204);
    wait_for(&one, "q=båt&limit=100", 19).await;
    wait_for(&other, "q=båt&limit=100", 19).await;
    other.anonymous().get(&format!("/v1/publications/{id}")).await.refused(410, "withdrawn");
    assert_eq!(
        one.anonymous().found("q=båt&sort=newest").await,
        other.anonymous().found("q=båt&sort=newest").await
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blank_or_odd_query_is_answered() {
    let app = TestApp::start().await;
    app.of(FREDRIKSTAD).publish_new(complete("Kajakk"), "public").await;
    wait_for(&app, "", 1).await;
    for (query, count) in
        [("q=", 1), ("q=%20", 1), ("q=!!!", 1), ("q=og", 0), ("q=%F0%9F%9B%B6", 1), ("q=%C3%98y", 0)]
    {
        assert_eq!(app.anonymous().found(query).await.len(), count, "{query}");
    }
    app.anonymous().get("/v1/publications?q=%FF").await.expect(200);
    app.anonymous()
        .get(&format!("/v1/publications?q={}", "a".repeat(201)))
        .await
        .refused(400, "invalid-parameter");
}

#[tokio::test(flavor = "multi_thread")]
async fn choosing_a_facet_value_gives_what_was_counted_for_it() {
    let app = TestApp::start().await;
    let mut count = 0;
    // Some have the word, more only its parts: few enough of the first that a search reaches for the others.
    for (owner, title) in [
        (FREDRIKSTAD, "Velferdsteknologi i praksis"),
        (HVALER, "Velferdsteknologi til øyene"),
        (HVALER, "Teknologi for velferd"),
        (MOSS, "Velferd med ny teknologi"),
        (SARPSBORG, "Velferd og teknologi"),
    ] {
        let mut content = complete(title);
        content["tags"] = json!([format!("merke{}", count % 2)]);
        app.of(owner).publish_new(content, "public").await;
        count += 1;
    }
    wait_for(&app, "", count).await;
    for query in
        ["q=velferdsteknologi", "q=velferdsteknologi+praksis", "q=teknologi", "q=velferdstekonlogi", ""]
    {
        let all =
            app.anonymous().get(&format!("/v1/publications?{query}&facets=municipality&facets=tag")).await;
        let all = all.expect(200).body;
        for facet in ["municipality", "tag"] {
            for counted in all["facets"][facet].as_array().unwrap() {
                let chosen =
                    format!("/v1/publications?{query}&{facet}={}", counted["value"].as_str().unwrap());
                let chosen = app.anonymous().get(&chosen).await.expect(200).body;
                assert_eq!(chosen["total"], counted["count"], "{query} {facet} {counted}");
            }
        }
    }
    // Nor does a chosen value that has no hits change what the others have.
    let path = "/v1/publications?q=velferdsteknologi+praksis&municipality=920123899&facets=municipality";
    let none = app.anonymous().get(path).await.expect(200).body;
    assert_eq!(none["total"], 0);
    for counted in none["facets"]["municipality"].as_array().unwrap() {
        let chosen = format!("{path}&municipality={}", counted["value"].as_str().unwrap());
        let chosen = app.anonymous().get(&chosen).await.expect(200).body;
        assert_eq!(chosen["total"], counted["count"], "{counted}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hits_with_a_part_of_the_words_come_only_where_hardly_any_has_all() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    for number in 0..3 {
        caller.publish_new(complete(&format!("Kajakk og vest {number}")), "public").await;
    }
    for number in 0..4 {
        caller.publish_new(complete(&format!("Kajakk uten {number}")), "public").await;
    }
    wait_for(&app, "", 7).await;
    let all = app.anonymous().get("/v1/publications?q=kajakk+vest").await.expect(200).body;
    assert_eq!((&all["total"], &all["matching"]), (&json!(3), &json!("all")));
    let some = app.anonymous().get("/v1/publications?q=kajakk+vest+spaserstokk").await.expect(200).body;
    assert_eq!((&some["total"], &some["matching"]), (&json!(3), &json!("some")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_of_hidden_publications_only_is_as_good_as_mistyped() {
    let app = TestApp::start().await;
    app.of(FREDRIKSTAD).publish_new(complete("Zeppelin"), "public").await;
    let (hidden, _) = app.of(SARPSBORG).publish_new(complete("Zepelin"), "region").await;
    wait_for(&app, "q=title:zeppelin", 1).await;
    app.eventually(async || {
        (app.of(HVALER).found("q=title:zepelin&sort=newest").await == [hidden.clone()]).then_some(())
    })
    .await;
    let answer = app.anonymous().get("/v1/publications?q=zepelin").await.expect(200).body;
    assert_eq!(answer["did_you_mean"], "zeppelin", "the anonymous cannot tell that the word is there");
    let answer = app.anonymous().get("/v1/publications?q=zepel").await.expect(200).body;
    assert_eq!(answer["total"], 0, "nor that a word begins so");
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stderr, reason = "a measurement is shown, not asserted")]
async fn hostile_queries_are_answered_or_refused_clearly() {
    let app = TestApp::start().await;
    app.of(FREDRIKSTAD).publish_new(complete("Kajakk"), "public").await;
    wait_for(&app, "q=kajakk", 1).await;
    let encoded = |text: &str| serde_html_form::to_string([("q", text)]).unwrap();
    let words = (0..1000).map(|number| format!("ord{number}")).collect::<Vec<_>>().join(" ");
    let mut slowest = std::time::Duration::ZERO;
    for (query, status) in [
        (encoded(&"x".repeat(10_000)), 400),
        (encoded(&words), 400),
        (encoded(&"a b c d e f g h i j ".repeat(10)), 200),
        (encoded(&"åæø".repeat(66)), 200),
        (encoded(&"(".repeat(200)), 200),
        (encoded(&"\"".repeat(200)), 200),
        (encoded(&"-".repeat(200)), 200),
        (encoded(&"title:".repeat(33)), 200),
        (encoded(&"-\"a -\"b title:\"c ".repeat(11)), 200),
        (encoded("*"), 200),
        (encoded("* ? ~ ^ AND OR NOT"), 200),
        (encoded("kaj*"), 200),
        (encoded("\u{202e}kajakk\u{200b}"), 200),
        (encoded("kajakkutleiebarnehageplasstrygghetsalarmvelferdsteknologiskolevei"), 200),
        ("q=kajakk%00".to_owned(), 400),
        ("q=%FF%FEkajakk".to_owned(), 200),
        ("q=%C3%28".to_owned(), 200),
    ] {
        let begun = std::time::Instant::now();
        let answer = app.anonymous().get(&format!("/v1/publications?{query}")).await.expect(status);
        slowest = slowest.max(begun.elapsed());
        if status == 400 {
            assert_eq!(answer.refused(400, "invalid-parameter").pointers(), ["q"], "{query:.60}");
        }
    }
    eprintln!("the slowest hostile query took {slowest:?}");
}
