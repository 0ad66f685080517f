//! KOMINN at its worst: it fails, lies, throttles, loses answers and is killed beside; and still each publication is there once.

use std::{
    io::Write,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use glomma::kominn::How;
use serde_json::{Value, json};

use crate::support::{
    FREDRIKSTAD, SARPSBORG, complete,
    kominn::{
        PROFILES, Portal,
        stand_in::{Auth, Dialect, Fault, Profile, Settings, StandIn},
        write_targets,
    },
    service::BINARY,
};

/// How much is done, more of it when the environment says so (`make torture`).
fn many(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// What was measured, for whoever asks with `--nocapture`.
fn say(what: &str) {
    std::io::stderr().write_all(format!("{what}\n").as_bytes()).unwrap();
}

/// Publishes so many, named by their numbers; their ids.
async fn publish(portal: &Portal, how_many: usize) -> Vec<String> {
    let caller = portal.app.of(FREDRIKSTAD);
    let mut ids = Vec::new();
    for nth in 0..how_many {
        ids.push(caller.publish_new(complete(&format!("Prosjekt {nth}")), "public").await.0);
    }
    ids
}

/// That each has one item that says what it says, and that nothing was done that a right client does not do.
fn assert_all_there(portal: &Portal, ids: &[String]) {
    let items = portal.site.items();
    for (nth, id) in ids.iter().enumerate() {
        let mark = format!("NGI:{id}");
        let mine: Vec<_> =
            items.iter().filter(|item| item[portal.name("CompRef")] == mark.as_str()).collect();
        assert_eq!(mine.len(), 1, "{id}");
        assert_eq!(mine[0]["Title"], format!("Prosjekt {nth}"));
        assert_eq!(mine[0][portal.name("Location")], "59.21,10.94");
        assert!(mine[0][portal.name("SuggestedSolution")].as_str().unwrap().contains("— Erfaringer —"));
    }
    assert_eq!(items.len(), ids.len());
    assert_eq!(portal.site.violations(), Vec::<String>::new());
}

/// Everything that can go wrong and be got over.
fn faults() -> Vec<Fault> {
    vec![
        Fault::TooManyRequests(1),
        Fault::TooManyRequestsUnsaid,
        Fault::TooManyRequestsUntil(1),
        Fault::Unavailable(1),
        Fault::Broken,
        Fault::ResetBefore,
        Fault::ConflictAfter,
        Fault::ResetAfter,
        Fault::Truncated,
        Fault::Html,
        Fault::HtmlAfter,
        Fault::ExpiredToken,
    ]
}

async fn run_until_done(portal: &Portal) {
    for _ in 0..20 {
        let (_, error, _) = portal.run(How { asked: true, ..How::default() }).await;
        let left = portal.app.of(FREDRIKSTAD).get("/v1/kominn/targets").await.expect(200).body;
        let states = left["items"][0]["links"].as_array().unwrap();
        if error.is_none() && states.iter().all(|state| state["state"] == "synced") {
            return;
        }
    }
    panic!("it does not come to an end");
}

/// The command, as a process of its own.
fn command(portal: &Portal) -> Command {
    let mut command = Command::new(BINARY);
    command.args(["kominn", "sync", "--kominn"]).arg(&portal.file);
    command.args(["--database-url", &portal.app.database.url, "--data"]).arg(std::env::temp_dir());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// The most memory that a process takes, where the system tells.
async fn peak_of(command: &mut Command) -> Option<String> {
    let mut child = command.spawn().unwrap();
    let (status, mut peak) = (format!("/proc/{}/status", child.id()), None);
    while child.try_wait().unwrap().is_none() {
        let told = std::fs::read_to_string(&status).unwrap_or_default();
        peak = told
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:").map(|text| text.trim().to_owned()))
            .or(peak);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    peak
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_anywhere_under_faults_every_publication_is_there_once_and_as_it_is() {
    let (kills, items) = (many("GLOMMA_KILLS", 4), many("GLOMMA_KILLED_ITEMS", 40));
    let portal = Portal::start("v2", Profile::V2, json!({})).await;
    portal.consent(FREDRIKSTAD).await;
    let ids = publish(&portal, items).await;
    let seed = u64::from(uuid::Uuid::now_v7().as_fields().1) + 1;
    say(&format!("seed {seed}, {kills} kills, {items} publications"));
    portal.site.fail_randomly(seed, 12, faults());
    let mut random = seed;
    for nth in 0..kills {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut child = command(&portal).spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(100 + (random >> 33) % 3000)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        if nth % 5 == 4 {
            let choices = if nth % 2 == 0 { ["Kommunalt", "Skole"] } else { ["Kommunalt", "Barnehage"] };
            portal.site.set_choices("KmiTags", &choices);
        }
    }
    say(&format!("{} of {items} were there after the last kill", portal.site.items().len()));
    portal.site.heal();
    run_until_done(&portal).await;
    assert_all_there(&portal, &ids);
}

/// How many requests a run sends before the first that writes.
async fn requests_before_writing(portal: &Portal) -> usize {
    portal.sync().await;
    portal.site.forget_requests();
    portal.sync().await;
    portal.site.requests().len()
}

/// Harmless, so many times; then a fault.
fn after(requests: usize, fault: Fault) -> impl Iterator<Item = Fault> {
    std::iter::repeat_n(Fault::Slow(Duration::ZERO), requests).chain([fault])
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_of_a_creation_a_read_or_a_change_is_got_over_and_creates_nothing_twice() {
    let portal = Portal::start("v1_1", Profile::V1_1, json!({})).await;
    portal.consent(FREDRIKSTAD).await;
    let before = requests_before_writing(&portal).await;
    let caller = portal.app.of(FREDRIKSTAD);
    let mut ids = Vec::new();
    for fault in faults() {
        let title = format!("Prosjekt {}", ids.len());
        let (id, etag) = caller.publish_new(complete(&title), "public").await;
        portal.site.fail(after(before, fault.clone()));
        assert_eq!(portal.run(How::default()).await.1, None, "{fault:?}");
        ids.push(id.clone());
        assert_all_there(&portal, &ids);
        // The read before the change, and the change.
        let mut etag = etag;
        for (at, need) in [(before, "Ett behov"), (before + 1, "Et annet behov")] {
            etag = caller.revise(&id, &etag, json!({ "need": need })).await;
            portal.site.fail(after(at, fault.clone()));
            let (counts, error, _) = portal.run(How::default()).await;
            assert_eq!((counts.updated, counts.failed, error), (1, 0, None), "{fault:?}");
            assert_eq!(portal.item_of(&id)["KmiChallenges"], need, "{fault:?}");
        }
        portal.site.heal();
        assert_all_there(&portal, &ids);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_we_wrote_unanswered_is_ours_when_the_next_version_comes() {
    let portal = Portal::start("v2", Profile::V2, json!({})).await;
    portal.consent(FREDRIKSTAD).await;
    let before = requests_before_writing(&portal).await;
    let caller = portal.app.of(FREDRIKSTAD);
    let (id, _) = caller.publish_new(complete("Prosjekt 0"), "public").await;
    portal.sync().await;
    for (title, fault) in [("En", Fault::ResetAfter), ("To", Fault::Broken), ("Tre", Fault::ResetAfter)] {
        let title = format!("Nr. {title}");
        caller.revise(&id, "*", json!({ "title": title })).await;
        // The change is not answered, and the run ends before it is looked at again.
        portal.site.fail(after(before + 1, fault).chain([Fault::Forbidden]));
        let (counts, error, _) = portal.run(How { asked: true, ..How::default() }).await;
        assert_eq!((counts.conflicts, counts.updated), (0, 0), "{title}");
        assert!(error.unwrap().contains("403"), "{title}");
    }
    run_until_done(&portal).await;
    assert_eq!(portal.item_of(&id)["Title"], "Nr. Tre");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_waits_for_another_version_and_keeps_nothing_else_waiting() {
    let portal = Portal::start("v2", Profile::V2, json!({})).await;
    portal.consent(FREDRIKSTAD).await;
    let before = requests_before_writing(&portal).await;
    let caller = portal.app.of(FREDRIKSTAD);
    let (refused, etag) = caller.publish_new(complete("Prosjekt 0"), "public").await;
    let (other, _) = caller.publish_new(complete("Prosjekt 1"), "public").await;
    portal.site.fail(after(before, Fault::Refused));
    let (counts, error, _) = portal.run(How::default()).await;
    assert_eq!((counts.created, counts.failed, error), (1, 1, None));
    portal.item_of(&other);
    let link = portal.link_of(FREDRIKSTAD, &refused).await;
    assert_eq!(link["state"], "rejected");
    assert!(link["error"].as_str().unwrap().contains("400") && link["attention"].is_string(), "{link}");
    assert_eq!(portal.sync().await.created, 0, "the same is not sent again");
    caller.revise(&refused, &etag, json!({ "summary": "Ny" })).await;
    assert_eq!(portal.sync().await.created, 1);
    assert_all_there(&portal, &[refused, other]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_in_the_words_is_found_again_where_references_are_for_campaigns() {
    let portal = Portal::start("v2", Profile::V2, json!({ "marker": "link", "conflicts": "theirs" })).await;
    portal.consent(FREDRIKSTAD).await;
    let before = requests_before_writing(&portal).await;
    let caller = portal.app.of(FREDRIKSTAD);
    let (id, etag) = caller.publish_new(complete("Prosjekt 0"), "public").await;
    let copy = portal.app.of(SARPSBORG).spread(&id, "En etterligning", "public").await;
    portal.site.fail(after(before, Fault::ResetAfter));
    assert_eq!(portal.run(How::default()).await.1, None);
    let items = portal.site.items();
    assert_eq!(items.len(), 1, "{items:?}");
    assert_eq!(items[0]["KmiCompRef"], json!(null));
    portal.consent(SARPSBORG).await;
    assert_eq!(portal.sync().await.created, 1, "the address of its origin makes it no other's: {copy}");
    let item = items[0]["Id"].as_i64().unwrap();
    portal.site.edit(item, json!({ "Title": "Deres" }));
    caller.revise(&id, &etag, json!({ "title": "Vår" })).await;
    assert_eq!(portal.sync().await.conflicts, 0, "the rule says whose counts");
    assert_eq!(portal.site.item(item).unwrap()["Title"], "Deres");
    assert_eq!(portal.sync().await.imported, 0, "ours are never others'");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_whose_answer_is_lost_is_found_and_one_that_was_lost_itself_is_sent_again() {
    let portal = Portal::start("v2", Profile::V2, json!({})).await;
    portal.consent(FREDRIKSTAD).await;
    let before = requests_before_writing(&portal).await;
    let mut ids = Vec::new();
    for (nth, fault) in
        [Fault::ResetAfter, Fault::HtmlAfter, Fault::Truncated, Fault::ResetBefore].into_iter().enumerate()
    {
        let caller = portal.app.of(FREDRIKSTAD);
        ids.push(caller.publish_new(complete(&format!("Prosjekt {nth}")), "public").await.0);
        portal.site.fail(after(before, fault));
        let began = Instant::now();
        let (counts, error, _) = portal.run(How::default()).await;
        assert_eq!((counts.created, counts.failed, error), (1, 0, None), "{nth}");
        let waited = began.elapsed() >= Duration::from_secs(1);
        assert_eq!(waited, nth == 3, "only what cannot be found is waited for");
        assert_all_there(&portal, &ids);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_forbids_stops_the_run_and_the_next_goes_on() {
    let portal = Portal::start("v2", Profile::V2, json!({})).await;
    portal.consent(FREDRIKSTAD).await;
    let ids = publish(&portal, 3).await;
    portal.site.fail([Fault::Forbidden]);
    let (_, error, _) = portal.run(How::default()).await;
    assert!(error.unwrap().contains("403"));
    portal.sync().await;
    let link = portal.link_of(FREDRIKSTAD, &ids[0]).await;
    assert_eq!((&link["state"], &link["attempts"]), (&json!("synced"), &json!(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_site_is_cut_off_within_limits() {
    let portal = Portal::start("v2", Profile::V2, json!({ "timeout_seconds": 1 })).await;
    for nth in 0..5 {
        portal
            .site
            .add(json!({ "Title": format!("Nr. {nth}"), "KmiSummary": "s", "KmiStatus": "Publisert" }));
    }
    // The list, its fields and its goals come before its items: each is cut off by itself.
    for (before, fault, said) in [
        (0, Fault::OtherHost, "another host"),
        (3, Fault::OtherHost, "another host"),
        (0, Fault::EndlessPaging, "has no end"),
        (3, Fault::EndlessPaging, "do not go on"),
        (0, Fault::Redirect, "no redirect is followed"),
    ] {
        portal.site.fail(after(before, fault));
        let (_, error, _) = portal.run(How::default()).await;
        assert!(error.as_ref().is_some_and(|error| error.contains(said)), "{error:?}");
        portal.site.heal();
    }
    for fault in [Fault::Huge, Fault::Bomb, Fault::Drip, Fault::Slow(Duration::from_mins(1))] {
        let began = Instant::now();
        portal.site.fail(std::iter::repeat_n(fault.clone(), 6));
        let (_, error, _) = portal.run(How::default()).await;
        assert!(error.is_some(), "{fault:?}");
        assert!(began.elapsed() < Duration::from_secs(40), "{fault:?}: {:?}", began.elapsed());
        portal.site.heal();
    }
    portal.sync().await;
    let owner = portal.app.database.owner().await;
    let shown = owner.query_one("SELECT count(*) FROM kominn_item WHERE hash <> ''", &[]).await.unwrap();
    assert_eq!(shown.get::<_, i64>(0), 5, "then it is as it should be");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_fails_keeps_no_other_from_going_on() {
    let portal = Portal::start("v2", Profile::V2, json!({})).await;
    let bad = StandIn::start(Settings::default()).unwrap();
    bad.fail(std::iter::repeat_n(Fault::Forbidden, 100));
    portal.site.add(json!({ "Title": "Delebil", "KmiSummary": "s", "KmiStatus": "Publisert" }));
    let target = |name: &str, site: String| json!({ "name": name, "site": site, "profile": "v2", "auth": { "kind": "none" }, "schedule": { "at": ["06:00"] } });
    let file = write_targets(&json!([target("bad", bad.site()), target("good", portal.site.site())]));
    let mut command = Command::new(BINARY);
    command.args(["kominn", "sync", "--kominn"]).arg(&file);
    command.args(["--database-url", &portal.app.database.url, "--data"]).arg(std::env::temp_dir());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let [said, told] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    assert!(!output.status.success() && told.contains("not brought to the end: bad"), "{told}");
    assert!(said.contains("good: 0 created") && said.contains("1 imported"), "{said}");
    std::fs::remove_file(file).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn so_much_would_vanish_that_a_person_must_look_first() {
    let portal = Portal::start("v2", Profile::V2, json!({})).await;
    let ids: Vec<i64> = (0..30)
        .map(|nth| {
            portal
                .site
                .add(json!({ "Title": format!("Nr. {nth}"), "KmiSummary": "s", "KmiStatus": "Publisert" }))
        })
        .collect();
    assert_eq!(portal.sync().await.imported, 30);
    for id in &ids[..20] {
        portal.site.remove(*id);
    }
    let (dry, _, _) = portal.run(How { dry: true, ..How::default() }).await;
    let held = portal.sync().await;
    assert_eq!((held.held, held.vanished), (20, 0), "nothing vanishes by itself");
    assert_eq!(dry, held);
    let (counts, _, _) = portal.run(How { unbraked: true, ..How::default() }).await;
    assert_eq!((counts.held, counts.vanished), (0, 20));
    for nth in 30..60 {
        portal
            .site
            .add(json!({ "Title": format!("Nr. {nth}"), "KmiSummary": "s", "KmiStatus": "Publisert" }));
    }
    assert_eq!(portal.sync().await.imported, 30);
    for item in portal.site.items().iter().skip(5) {
        portal.site.edit(item["Id"].as_i64().unwrap(), json!({ "KmiStatus": "Sendt inn" }));
    }
    let held = portal.sync().await;
    assert_eq!((held.held, held.vanished), (35, 0), "nor by being unpublished");
    assert_eq!(portal.sync().await.held, 35, "until somebody has looked");
    let (counts, _, _) = portal.run(How { unbraked: true, ..How::default() }).await;
    assert_eq!((counts.held, counts.vanished), (0, 35));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_day_costs_what_changed_and_a_sweep_however_much_is_there() {
    quiet_day(5000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_day_costs_one_sweep_more_where_the_list_is_too_long_to_be_asked() {
    quiet_day(50).await;
}

/// Sends everything for the first time, killed after a third and after two: what is there is not sent again.
async fn send_with_kills(portal: &Portal, items: usize) {
    let began = Instant::now();
    for third in 1..3 {
        let mut child = command(portal).spawn().unwrap();
        while portal.site.items().len() < third * items / 3 {
            assert!(child.try_wait().unwrap().is_none(), "it ends before its time");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    run_until_done(portal).await;
    let requests = portal.site.requests();
    let creations =
        requests.iter().filter(|seen| seen.method == "POST" && seen.path.ends_with("/items")).count();
    say(&format!(
        "{items} sent in {:?}, {} requests, {creations} of them creations",
        began.elapsed(),
        requests.len()
    ));
    assert!((items..=items + 2).contains(&creations), "only what a kill kept from arriving is sent again");
    assert_eq!(portal.site.items().len(), items);
}

/// Of a list of which no more than `threshold` items can be asked for by their time.
async fn quiet_day(threshold: usize) {
    let (items, page) = (many("GLOMMA_KOMINN_ITEMS", 60), many("GLOMMA_KOMINN_PAGE", 25));
    let settings = Settings { page, threshold, ..Settings::default() };
    let portal = Portal::with("v2", settings, json!({})).await;
    portal.consent(FREDRIKSTAD).await;
    let ids = publish(&portal, items).await;
    send_with_kills(&portal, items).await;
    portal.sync().await;
    // What was written in the last minutes is read again once more: clocks differ.
    for item in portal.site.items() {
        portal.site.edit(item["Id"].as_i64().unwrap(), json!({ "Modified": "2026-01-01T00:00:00Z" }));
    }
    let caller = portal.app.of(FREDRIKSTAD);
    for id in ids.iter().take(3) {
        let path = format!("/v1/projects/{id}");
        let shown = caller.get(&path).await.expect(200);
        caller.revise(id, &shown.etag(), json!({ "summary": "Ny" })).await;
    }
    portal.site.forget_requests();
    let began = Instant::now();
    assert_eq!(portal.sync().await.updated, 3);
    let requests = portal.site.requests();
    say(&format!("3 of {items} changed in {:?}, {} requests", began.elapsed(), requests.len()));
    for more in [[].as_slice(), &["--dry-run"]] {
        let (began, mut command) = (Instant::now(), command(&portal));
        let peak = peak_of(command.args(more)).await;
        say(&format!("the command {more:?} took {:?} and {peak:?} at most", began.elapsed()));
    }
    let reads = requests.iter().filter(|seen| seen.query.contains("Modified ge")).count();
    // The list, its fields and its goals; a read and a write of each change; a sweep.
    let sweep = items.div_ceil(page);
    let sweeps = if items > threshold { 2 * sweep } else { sweep };
    assert_eq!(requests.len() - reads, 3 + 2 * 3 + sweeps, "{requests:#?}");
    assert!(reads <= 1, "what was read in the last minutes is one page: {reads}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_too_long_to_be_asked_is_read_by_its_ids() {
    let settings = Settings { threshold: 5, page: 4, profile: Profile::V1_1, ..Settings::default() };
    let portal = Portal::with("v1_1", settings, json!({})).await;
    portal.consent(FREDRIKSTAD).await;
    let ids = publish(&portal, 9).await;
    portal.sync().await;
    portal.sync().await;
    let (id, _) = portal.app.of(FREDRIKSTAD).publish_new(complete("Prosjekt 9"), "public").await;
    portal.site.fail_randomly(7, 2, vec![Fault::ResetAfter]);
    portal.run(How::default()).await;
    portal.site.heal();
    run_until_done(&portal).await;
    assert_all_there(&portal, &ids.into_iter().chain([id]).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn it_shows_who_it_is_in_every_way_that_a_site_asks_for() {
    let data = std::env::temp_dir();
    let token = data.join(format!("glomma-test-token-{}", uuid::Uuid::now_v7()));
    std::fs::write(&token, "hemmelig\n").unwrap();
    let (key, certificate, public) = certificate();
    let entra =
        Auth::Entra { client_id: "klient".to_owned(), public_key_pem: public, tenant: "kommune".to_owned() };
    let ways: [(Auth, Value); 3] = [
        (Auth::Bearer("hemmelig".to_owned()), json!({ "kind": "bearer", "token_file": token })),
        (Auth::Digest, json!({ "kind": "digest" })),
        (
            entra,
            json!({ "kind": "entra", "tenant": "kommune", "client_id": "klient", "certificate_file": certificate, "key_file": key }),
        ),
    ];
    for (auth, shown) in ways {
        let site =
            StandIn::start(Settings { auth: auth.clone(), dialect: Dialect::Both, ..Settings::default() })
                .unwrap();
        let mut shown = shown;
        if shown["kind"] == "entra" {
            shown["authority"] = json!(site.origin());
        }
        let portal = Portal::beside("v2", site, json!({ "auth": shown })).await;
        portal.consent(FREDRIKSTAD).await;
        let ids = publish(&portal, 2).await;
        portal.sync().await;
        portal.site.expire_tokens();
        portal.sync().await;
        assert_all_there(&portal, &ids);
    }
    for file in [token, key, certificate] {
        std::fs::remove_file(file).unwrap();
    }
}

/// A key and a certificate in files, and the public key in PEM.
fn certificate() -> (std::path::PathBuf, std::path::PathBuf, Vec<u8>) {
    let base = std::env::temp_dir().join(format!("glomma-test-entra-{}", uuid::Uuid::now_v7()));
    let [key, certificate] = ["key", "pem"].map(|extension| base.with_extension(extension));
    let arguments =
        ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=glomma", "-keyout"];
    let made =
        Command::new("openssl").args(arguments).arg(&key).arg("-out").arg(&certificate).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let public = Command::new("openssl")
        .args(["x509", "-pubkey", "-noout", "-in"])
        .arg(&certificate)
        .output()
        .unwrap();
    (key, certificate, public.stdout)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idea_is_sent_to_ks_once_when_somebody_asks_for_it() {
    let secret = std::env::temp_dir().join(format!("glomma-test-induct-{}", uuid::Uuid::now_v7()));
    std::fs::write(&secret, "klient-1").unwrap();
    let site = StandIn::start(Settings { profile: Profile::V1_1, ..Settings::default() }).unwrap();
    let induct = json!({ "base": site.origin(), "client_file": secret });
    let portal = Portal::beside("v1_1", site, json!({ "induct": induct })).await;
    portal.consent(FREDRIKSTAD).await;
    let caller = portal.app.of(FREDRIKSTAD);
    let mut content = complete("Fallsensorer");
    content["summary"] = json!("<script>alert('hei')</script> & mer");
    let (id, _) = caller.publish_new(content, "public").await;
    portal.sync().await;
    assert!(portal.site.ideas().is_empty(), "nobody asked");
    let link = portal.link_of(FREDRIKSTAD, &id).await;
    let path = format!("/v1/kominn/links/{}/idea", link["id"].as_str().unwrap());
    let ask = async || caller.send(caller.request(reqwest::Method::PUT, &path)).await;
    ask().await.expect(200);
    portal.sync().await;
    portal.sync().await;
    let ideas = portal.site.ideas();
    assert_eq!(ideas.len(), 1);
    let description = ideas[0]["description"].as_str().unwrap();
    assert!(description.contains("&lt;script&gt;") && !description.contains("<script"), "{description}");
    assert!(description.contains("<b>Nyttetype</b><p>"), "{description}");
    ask().await.refused(409, "sent-before");
    let (other, _) = caller.publish_new(complete("Nattevakt"), "public").await;
    portal.sync().await;
    portal.site.edit(portal.item_of(&other)["Id"].as_i64().unwrap(), json!({ "KmiSendToKS": true }));
    let link = portal.link_of(FREDRIKSTAD, &other).await;
    let path = format!("/v1/kominn/links/{}/idea", link["id"].as_str().unwrap());
    caller.send(caller.request(reqwest::Method::PUT, &path)).await.expect(200);
    portal.sync().await;
    assert_eq!(portal.site.ideas().len(), 1, "a case worker sent it");
    std::fs::remove_file(secret).unwrap();
}

#[test]
fn the_generations_of_the_stand_in_are_those_of_the_configuration() {
    for (name, profile) in PROFILES {
        assert_eq!(name.parse::<Profile>(), Ok(profile));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dry_run_left_that_was_killed_goes_with_the_next_run() {
    let portal = Portal::start("v2", Profile::V2, json!({ "contact": true })).await;
    portal.consent(FREDRIKSTAD).await;
    publish(&portal, 3).await;
    portal.sync().await;
    let owner = portal.app.database.owner().await;
    let left = async || {
        let left = "SELECT count(*) FROM rehearsal.kominn_link";
        owner.query_one(left, &[]).await.unwrap().get::<_, i64>(0)
    };
    portal.site.fail(
        std::iter::repeat_n(Fault::Slow(Duration::ZERO), 3).chain([Fault::Slow(Duration::from_secs(20))]),
    );
    let mut child = command(&portal).arg("--dry-run").spawn().unwrap();
    while left().await == 0 {
        assert!(child.try_wait().unwrap().is_none(), "it ends before its time");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(left().await, 3);
    portal.site.heal();
    portal.site.fail([Fault::Forbidden]);
    portal.run(How::default()).await;
    assert_eq!(left().await, 0, "even when nothing comes of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_address_gives_few_items_up_and_the_right_one_takes_them_back() {
    let portal = Portal::start("v2", Profile::V2, json!({})).await;
    portal.consent(FREDRIKSTAD).await;
    let ids = publish(&portal, 14).await;
    portal.sync().await;
    let right = portal.site.items();
    let fields =
        ["Title", "KmiSummary", "KmiChallenges", "KmiSuggestedSolution", "KmiUsefulForOthers", "KmiCompRef"];
    for item in &right {
        let others = fields.map(|field| (field.to_owned(), json!(format!("{field} av en annen"))));
        portal.site.edit(item["Id"].as_i64().unwrap(), Value::Object(others.into_iter().collect()));
    }
    let wrong = portal.site.items();
    let (counts, error, _) = portal.run(How::default()).await;
    assert!(counts.gone == 10 && error.unwrap().contains("bear no mark"), "{counts:?}");
    assert_eq!(portal.site.items(), wrong, "nothing is written to others' items");
    for item in &right {
        let ours = fields.map(|field| (field.to_owned(), item[field].clone()));
        portal.site.edit(item["Id"].as_i64().unwrap(), Value::Object(ours.into_iter().collect()));
    }
    run_until_done(&portal).await;
    assert_all_there(&portal, &ids);
    let owner = portal.app.database.owner().await;
    let shown = owner.query_one("SELECT count(*) FROM kominn_item WHERE hash <> ''", &[]).await.unwrap();
    assert_eq!(shown.get::<_, i64>(0), 0, "and none is shown as another's");
}
