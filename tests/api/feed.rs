//! Following what others publish: the feed, the export, and a mirror that is kept by them.

use std::{
    collections::BTreeSet,
    io::Write,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use glomma::{
    changes,
    platform::{auth::permission::Role, clock::Clock, db::Db},
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::sleep;

use self::mirror::{Mirror, Source};
use crate::support::{Client, FREDRIKSTAD, HVALER, MOSS, TestApp, complete};

#[path = "../../examples/mirror/mirror.rs"]
mod mirror;

/// Waits until everything that was committed has its position.
async fn settle(app: &TestApp) {
    let owner = app.database.owner().await;
    let waiting = "SELECT count(*) FROM change WHERE position IS NULL";
    app.eventually(async || {
        let count: i64 = owner.query_one(waiting, &[]).await.unwrap().get(0);
        (count == 0).then_some(())
    })
    .await;
}

/// A reader that goes on from where it was.
struct Follower {
    reader: Client,
    position: i64,
}

impl Follower {
    fn new(reader: Client) -> Self {
        Self { reader, position: 0 }
    }

    /// What is new, by its kind, as it is told: "(gone)" removes.
    async fn news(&mut self) -> Vec<String> {
        let page = self.reader.get(&format!("/v1/changes?after={}", self.position)).await.expect(200);
        self.position = page.body["position"].as_i64().unwrap();
        page.body["items"].as_array().unwrap().iter().map(told).collect()
    }
}

fn told(item: &Value) -> String {
    let visible = item["visible"].as_bool().unwrap();
    assert_eq!(item["publication"].is_object(), visible, "{item:#}");
    if visible {
        assert_eq!(item["publication"]["id"], item["publication_id"]);
    }
    format!("{}{}", item["kind"].as_str().unwrap(), if visible { "" } else { " (gone)" })
}

#[tokio::test(flavor = "multi_thread")]
async fn each_reader_is_told_what_it_may_know_and_when_it_no_longer_may() {
    let app = TestApp::start().await;
    let owner = app.of(FREDRIKSTAD);
    let (mut neighbour, mut public) = (Follower::new(app.of(HVALER)), Follower::new(app.anonymous()));
    let (id, _) = owner.create(complete("Fallsensorer")).await;
    let (project, own) = (format!("/v1/projects/{id}"), format!("/v1/projects/{id}/publication"));
    for (act, to_neighbour, to_public) in [
        ("region", "published", ""),
        ("new region", "version_published", ""),
        ("public", "audience_changed", "sight_gained"),
        ("region", "audience_changed", "sight_lost (gone)"),
        ("new public", "version_published", "sight_gained"),
        ("new region", "version_published", "sight_lost (gone)"),
        ("withdraw", "withdrawn (gone)", ""),
        ("public", "published", "published"),
        ("withdraw", "withdrawn (gone)", "withdrawn (gone)"),
    ] {
        if act == "withdraw" {
            owner.delete(&own, "*").await.expect(204);
        } else {
            if act.starts_with("new ") {
                owner.patch(&project, "*", json!({ "title": format!("Etter {act}") })).await.expect(200);
            }
            let published = owner.publish(&id, "*", act.trim_start_matches("new ")).await;
            assert!(published.status.is_success(), "{act}: {}", published.body);
        }
        settle(&app).await;
        assert_eq!(neighbour.news().await.join(", "), to_neighbour, "the neighbour, after {act}");
        assert_eq!(public.news().await.join(", "), to_public, "everybody, after {act}");
        assert_eq!(neighbour.position, public.position, "what is not told is passed");
    }
    assert!(neighbour.news().await.is_empty());
    assert_eq!(Follower::new(app.of(FREDRIKSTAD)).news().await.len(), 9, "the owner is told everything");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_or_joins_a_region_is_told_what_that_changes_and_nobody_else_is() {
    let app = TestApp::start().await;
    for municipality in [MOSS, HVALER, FREDRIKSTAD] {
        app.of(municipality).publish_new(complete("For regionen"), "region").await;
    }
    app.of(MOSS).publish_new(complete("For alle"), "public").await;
    settle(&app).await;
    let readers = [app.of(HVALER), app.of(MOSS), app.of(FREDRIKSTAD), app.anonymous()];
    let mut readers = readers.map(Follower::new);
    for reader in &mut readers {
        reader.news().await;
    }
    let database = app.database.owner().await;
    // Hvaler still shares the other region with Fredrikstad, and shares none with Moss.
    let leave = "DELETE FROM region_member WHERE region_slug = 'ostfold' AND municipality_id = $1";
    let join = "INSERT INTO region_member (region_slug, municipality_id) VALUES ('ostfold', $1)";
    for (act, expected) in [(leave, "sight_lost (gone)"), (join, "sight_gained")] {
        assert_eq!(database.execute(act, &[&HVALER]).await.unwrap(), 1);
        settle(&app).await;
        let mut news = Vec::new();
        for reader in &mut readers {
            news.push(reader.news().await.join(", "));
        }
        assert_eq!(news, [expected, expected, "", ""], "{act}");
    }
    let moved = database.execute("UPDATE region_member SET region_slug = 'nedre-glomma'", &[]).await;
    assert!(moved.is_err(), "nobody would be told");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_waits_is_answered_within_the_second_and_not_for_what_it_may_not_see() {
    let app = TestApp::start().await;
    let (public, moss) = (app.anonymous(), app.of(MOSS));
    let publish = async |audience| {
        sleep(Duration::from_millis(300)).await;
        moss.publish_new(complete("Kajakk"), audience).await;
        Instant::now()
    };
    let (answer, published) = tokio::join!(public.get("/v1/changes?wait=20"), publish("public"));
    assert!(published.elapsed() < Duration::from_secs(1), "{:?}", published.elapsed());
    let answer = answer.expect(200);
    assert_eq!(answer.body["items"][0]["kind"], "published");
    let (path, began) = (format!("/v1/changes?wait=2&after={}", answer.body["position"]), Instant::now());
    let (answer, _) = tokio::join!(public.get(&path), publish("region"));
    assert!(began.elapsed() >= Duration::from_secs(2), "{:?}", began.elapsed());
    let answer = answer.expect(200);
    assert_eq!(answer.body, json!({ "items": [], "position": 2, "more": false }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_stops_does_not_let_its_readers_wait() {
    let app = TestApp::start().await;
    let (public, began) = (app.anonymous(), Instant::now());
    let stop = async {
        sleep(Duration::from_millis(500)).await;
        drop(app);
    };
    let (answer, ()) = tokio::join!(public.get("/v1/changes?wait=20"), stop);
    assert_eq!(answer.expect(200).body["items"], json!([]));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_filters_lose_nothing_and_bad_parameters_are_named() {
    let app = TestApp::start().await;
    for (municipality, count) in [(FREDRIKSTAD, 3), (MOSS, 2)] {
        for number in 0..count {
            app.of(municipality).publish_new(complete(&format!("Nummer {number}")), "public").await;
        }
    }
    let (id, _) = app.of(MOSS).publish_new(complete("Tilbake"), "public").await;
    app.of(MOSS).delete(&format!("/v1/projects/{id}/publication"), "*").await.expect(204);
    settle(&app).await;
    let reader = app.of(HVALER);
    let (mut position, mut seen) = (0, Vec::new());
    loop {
        let page = reader.get(&format!("/v1/changes?limit=2&after={position}")).await.expect(200).body;
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["position"].as_i64().unwrap()));
        position = page["position"].as_i64().unwrap();
        if page["more"] == false {
            break;
        }
        assert_eq!(page["items"].as_array().unwrap().len(), 2);
    }
    assert_eq!((seen, position), ((1..=7).collect::<Vec<i64>>(), 7));
    for (query, count) in [
        (format!("municipality={MOSS}"), 4),
        (format!("municipality={MOSS}&municipality={FREDRIKSTAD}"), 7),
        (format!("municipality={MOSS}&kind=withdrawn"), 1),
        ("kind=published&kind=withdrawn".to_owned(), 7),
        ("kind=sight_lost".to_owned(), 0),
    ] {
        let page = reader.get(&format!("/v1/changes?{query}")).await.expect(200).body;
        assert_eq!(page["items"].as_array().unwrap().len(), count, "{query}");
        assert_eq!((&page["position"], &page["more"]), (&json!(7), &json!(false)), "{query}");
    }
    for bad in [
        "after=-1",
        "after=x",
        "wait=31",
        "wait=-1",
        "kind=gone",
        "municipality=123456789",
        "limit=0",
        "limit=101",
        "since=1",
    ] {
        let refused = reader.get(&format!("/v1/changes?{bad}")).await.refused(400, "invalid-parameter");
        let (name, pointer) = (bad.split('=').next().unwrap(), refused.pointers()[0].to_owned());
        assert!(pointer == name || pointer.starts_with(&format!("{name}/")), "{bad}: {pointer}");
    }
}

fn source(app: &TestApp, municipality: Option<&str>) -> Source {
    let token = municipality.map(|municipality| app.token(municipality, Role::Reader, None));
    Source { http: reqwest::Client::new(), base: format!("http://{}", app.address), token }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_behind_the_beginning_of_the_log_is_told_to_start_over_and_a_mirror_does() {
    let app = TestApp::start().await;
    let source = source(&app, None);
    let mut mirror = Mirror::snapshot(&source).await.unwrap();
    assert_eq!((mirror.position, mirror.publications.len()), (0, 0));
    for title in ["Første", "Andre", "Tredje"] {
        app.of(FREDRIKSTAD).publish_new(complete(title), "public").await;
    }
    settle(&app).await;
    let owner = app.database.owner().await;
    let age = "UPDATE change SET occurred_at = now() - interval '2 years' WHERE position <= 2";
    assert_eq!(owner.execute(age, &[]).await.unwrap(), 2);
    let db = Db::new(&app.database.url.clone().into(), 2).unwrap();
    let since = Clock.now() - Duration::from_hours(24 * 365);
    let compact = async || db.system(async |tx| changes::compact(tx, since).await).await.unwrap();
    assert_eq!((compact().await, compact().await), (2, 0));
    let reader = app.anonymous();
    for position in [0, 1, 4] {
        let refused = reader.get(&format!("/v1/changes?after={position}")).await;
        let refused = refused.refused(410, "history-compacted");
        assert!(refused.body["detail"].as_str().unwrap().contains("GET /v1/publications/export"));
    }
    let rest = reader.get("/v1/changes?after=2").await.expect(200);
    assert_eq!(rest.body["items"].as_array().unwrap().len(), 1);
    mirror.follow(&source, 0).await.unwrap();
    assert_eq!((mirror.position, mirror.publications.len()), (3, 3));
    app.of(FREDRIKSTAD).publish_new(complete("Fjerde"), "public").await;
    let news = mirror.follow(&source, 20).await.unwrap();
    assert_eq!((news[0].position, news[0].kind.as_str()), (4, "published"), "positions go on");
    assert!(mirror.publications.contains_key(&news[0].publication_id));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_whole_and_holds_what_its_reader_may_see() {
    let app = TestApp::start().await;
    app.of(FREDRIKSTAD).publish_new(complete("For alle"), "public").await;
    let owner = app.database.owner().await;
    owner
        .batch_execute(
            "INSERT INTO project (id, municipality_id, content, created_at, updated_at) \
                SELECT gen_random_uuid(), municipality_id, content, now(), now() FROM project, generate_series(1, 249); \
             INSERT INTO publication SELECT id, municipality_id, 'public', 1, 1, 1, now(), now() FROM project \
                ON CONFLICT DO NOTHING; \
             INSERT INTO publication_version (publication_id, version, municipality_id, content, published_at) \
                SELECT id, 1, municipality_id, content, now() FROM project ON CONFLICT DO NOTHING",
        )
        .await
        .unwrap();
    let (withdrawn, _) = app.of(MOSS).publish_new(complete("Tilbake"), "public").await;
    app.of(MOSS).delete(&format!("/v1/projects/{withdrawn}/publication"), "*").await.expect(204);
    let (regional, _) = app.of(MOSS).publish_new(complete("For regionen"), "region").await;
    settle(&app).await;
    for (reader, count) in [(app.anonymous(), 250), (app.of(HVALER), 251)] {
        let response = reader.request(Method::GET, "/v1/publications/export").send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "application/x-ndjson");
        let text = response.text().await.unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines[0], json!({ "type": "snapshot", "position": 4 }));
        assert_eq!(*lines.last().unwrap(), json!({ "type": "end", "publications": count }));
        let shown = lines.iter().filter(|line| line["type"] == "publication");
        let ids: Vec<&str> = shown.map(|line| line["publication"]["id"].as_str().unwrap()).collect();
        assert_eq!((ids.len(), lines.len()), (count, count + 2));
        assert!(ids.is_sorted() && ids.iter().collect::<BTreeSet<_>>().len() == count, "each once, by id");
        assert_eq!(ids.contains(&regional.as_str()), count == 251);
        assert!(!ids.contains(&withdrawn.as_str()));
    }
}

/// Reproducible noise: the high bits of a linear congruential generator (Knuth's MMIX).
struct Noise(u64);

impl Noise {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[usize::try_from(self.below(u64::try_from(from.len()).unwrap())).unwrap()]
    }
}

/// Something that happens to a publication, new or there already, or to a member of a region.
async fn happen(app: &TestApp, noise: &mut Noise, made: &mut Vec<(&'static str, String)>) {
    let audience = *noise.pick(&["region", "public"]);
    let municipality = *noise.pick(&[FREDRIKSTAD, HVALER, MOSS]);
    let act = noise.below(10);
    if act < 2 || made.is_empty() {
        let (id, _) = app.of(municipality).publish_new(complete("Nytt"), audience).await;
        made.push((municipality, id));
        return;
    }
    if act < 4 {
        let database = app.database.owner().await;
        let region = *noise.pick(&["nedre-glomma", "ostfold"]);
        let leave = "DELETE FROM region_member WHERE region_slug = $1 AND municipality_id = $2";
        if database.execute(leave, &[&region, &municipality]).await.unwrap() == 0 {
            let join = "INSERT INTO region_member (region_slug, municipality_id) VALUES ($1, $2)";
            database.execute(join, &[&region, &municipality]).await.unwrap();
        }
        return;
    }
    let (municipality, id) = noise.pick(made).clone();
    let caller = app.of(municipality);
    if act < 6 {
        let answer = caller.delete(&format!("/v1/projects/{id}/publication"), "*").await;
        assert!(matches!(answer.status.as_u16(), 204 | 409), "{}", answer.body);
        return;
    }
    if act < 8 {
        let title = json!({ "title": format!("Endret {}", noise.below(1_000_000)) });
        caller.patch(&format!("/v1/projects/{id}"), "*", title).await.expect(200);
    }
    let answer = caller.publish(&id, "*", audience).await;
    assert!(answer.status.is_success(), "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_equals_what_its_reader_sees_whatever_happened() {
    let app = TestApp::start().await;
    let readers = [Some(HVALER), Some(MOSS), None];
    let sources = readers.map(|reader| source(&app, reader));
    let (mut noise, mut made, mut mirrors) = (Noise(2027), Vec::new(), Vec::new());
    for _ in 0..20 {
        happen(&app, &mut noise, &mut made).await;
    }
    for source in &sources {
        mirrors.push(Mirror::snapshot(source).await.unwrap());
    }
    for _ in 0..200 {
        happen(&app, &mut noise, &mut made).await;
        for (mirror, source) in mirrors.iter_mut().zip(&sources) {
            if noise.below(8) == 0 {
                mirror.follow(source, 0).await.unwrap();
            }
        }
    }
    settle(&app).await;
    for ((mirror, source), reader) in mirrors.iter_mut().zip(&sources).zip(readers) {
        while !mirror.follow(source, 0).await.unwrap().is_empty() {}
        let fresh = Mirror::snapshot(source).await.unwrap();
        assert_eq!(mirror.position, fresh.position);
        assert_eq!(mirror.publications, fresh.publications, "the mirror of {reader:?}");
        let caller = app.bearing(source.token.clone());
        for (_, id) in &made {
            let answer = caller.get(&format!("/v1/publications/{id}")).await;
            let shown = answer.status.is_success().then(|| {
                let mut shown = answer.body.clone();
                shown["contact"] = Value::Null;
                shown
            });
            assert_eq!(mirror.publications.get(id), shown.as_ref(), "{id} for {reader:?}");
        }
    }
    assert!(mirrors.iter().all(|mirror| !mirror.publications.is_empty()), "too little happened");
}

/// Writes entries by hand, as the service's transactions do, but slowly: the number is taken long before the commit, and
/// some never commit, or lose their connection. Returns the numbers of those that did.
async fn write_by_hand(app: &TestApp, mut noise: Noise) -> Vec<i64> {
    let copy = "INSERT INTO change (kind, publication_id, municipality_id, version, audience, occurred_at) \
        SELECT kind, publication_id, municipality_id, version, audience, now() FROM change \
        ORDER BY id LIMIT 1 RETURNING id, pg_backend_pid()";
    let (killer, mut client, mut committed) =
        (app.database.owner().await, app.database.owner().await, Vec::new());
    for _ in 0..25 {
        client.batch_execute("BEGIN").await.unwrap();
        let row = client.query_one(copy, &[]).await.unwrap();
        sleep(Duration::from_millis(noise.below(120))).await;
        match noise.below(6) {
            0 => client.batch_execute("ROLLBACK").await.unwrap(),
            1 => {
                killer.execute("SELECT pg_terminate_backend($1)", &[&row.get::<_, i32>(1)]).await.unwrap();
                client = app.database.owner().await;
            }
            _ => {
                client.batch_execute("COMMIT").await.unwrap();
                committed.push(row.get(0));
            }
        }
    }
    committed
}

/// Follows the log by a column until the end is reached after `done`; returns numbers and what they were followed by.
async fn follow(app: &TestApp, column: &str, done: &AtomicBool) -> Vec<(i64, i64)> {
    let login = app.database.login().await;
    login.batch_execute("SET ROLE glomma_system").await.unwrap();
    let next = format!("SELECT id, {column} FROM change WHERE {column} > $1 ORDER BY {column} LIMIT 20");
    let mut seen: Vec<(i64, i64)> = Vec::new();
    loop {
        let last = done.load(Ordering::SeqCst);
        let rows = login.query(&next, &[&seen.last().map_or(0, |(_, at)| *at)]).await.unwrap();
        if rows.is_empty() && last {
            return seen;
        }
        seen.extend(rows.iter().map(|row| (row.get::<_, i64>(0), row.get::<_, i64>(1))));
        sleep(Duration::from_millis(3)).await;
    }
}

/// On the same run, the naive scheme is followed too, and what it misses is told: `id > n`, with the numbers that
/// writers take. It goes past the numbers of those who have not committed yet, and never comes back; with commits up to
/// 120 ms after their numbers were taken it misses much of what was written by hand. How much depends on the run, so
/// nothing is demanded of it.
#[tokio::test(flavor = "multi_thread")]
async fn no_entry_is_missed_or_seen_twice_under_concurrent_writers() {
    let app = TestApp::start().await;
    app.of(FREDRIKSTAD).publish_new(complete("Mal"), "public").await;
    let callers: Vec<Client> = (0..16).map(|nth| app.of([FREDRIKSTAD, HVALER, MOSS][nth % 3])).collect();
    let over_http = callers.iter().map(async |caller| {
        for _ in 0..6 {
            let (id, _) = caller.publish_new(complete("Samtidig"), "public").await;
            caller.delete(&format!("/v1/projects/{id}/publication"), "*").await.expect(204);
        }
    });
    let by_hand = (1..=4).map(|seed| write_by_hand(&app, Noise(seed)));
    let done = AtomicBool::new(false);
    let writers = async {
        let (_, committed) = tokio::join!(join_all(over_http), join_all(by_hand));
        settle(&app).await;
        done.store(true, Ordering::SeqCst);
        committed.concat()
    };
    let (committed, seen, naive) =
        tokio::join!(writers, follow(&app, "position", &done), follow(&app, "id", &done));
    let written = 1 + 16 * 6 * 2 + committed.len();
    let missed = written - naive.len();
    writeln!(std::io::stderr(), "of {written} entries the naive reader missed {missed}").unwrap();
    let ids: BTreeSet<i64> = seen.iter().map(|(id, _)| *id).collect();
    assert_eq!((seen.len(), ids.len()), (written, written), "each once");
    assert!(committed.iter().all(|id| ids.contains(id)), "everything that was committed");
    let positions: Vec<i64> = seen.iter().map(|(_, position)| *position).collect();
    assert_eq!(positions, (1..=i64::try_from(written).unwrap()).collect::<Vec<_>>(), "without a gap");
    assert_eq!(follow(&app, "position", &done).await, seen, "in the same order for who reads later");
}
