//! Two nodes on one database, each with an index of its own.

use std::{
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use crate::support::{
    Client, cluster, complete,
    service::{BINARY, Folder, Service},
};

/// Publishes, changes the audience, withdraws and publishes again until told to stop; a node that is down is no reason
/// to.
async fn write(caller: Client, writer: usize, stop: &AtomicBool) -> usize {
    let mut published = 0;
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let title = format!("Skriver{writer}nummer{number}");
        let created =
            caller.request(reqwest::Method::POST, "/v1/projects").json(&complete(&title)).send().await;
        let Ok(created) = created else { continue };
        let Ok(created) = created.json::<serde_json::Value>().await else { continue };
        let path = format!("/v1/projects/{}/publication", created["id"].as_str().unwrap_or_default());
        let audiences = if number % 3 == 0 { &["public", "region", ""][..] } else { &["public"] };
        for audience in audiences {
            let request = if audience.is_empty() {
                caller.request(reqwest::Method::DELETE, &path)
            } else {
                let body = serde_json::json!({ "audience": audience });
                caller.request(reqwest::Method::PUT, &path).json(&body)
            };
            let answer = request.header("if-match", "*").send().await;
            published += usize::from(answer.is_ok_and(|answer| answer.status() == 201));
        }
    }
    published
}

#[tokio::test(flavor = "multi_thread")]
async fn both_indexes_end_equal_to_the_record_though_a_node_is_killed_at_any_time() {
    let database = cluster().await.database().await;
    let folders = [Folder::new(), Folder::new()];
    let steady = Service::start_on(&folders[0].0, &database.url).await;
    let mut killed = Service::start_on(&folders[1].0, &database.url).await;
    let stop = AtomicBool::new(false);
    let writers = (0..4).map(|writer| write(steady.caller(), writer, &stop));
    let killing = async {
        for round in 0..4_u64 {
            tokio::time::sleep(Duration::from_millis(300 + 271 * round)).await;
            killed.signal("-KILL");
            killed.wait();
            killed = Service::start_on(&folders[1].0, &database.url).await;
        }
        stop.store(true, Ordering::Relaxed);
    };
    let (published, ()) = tokio::join!(futures_util::future::join_all(writers), killing);
    assert!(published.iter().sum::<usize>() > 50, "too few to say anything: {published:?}");
    for service in [&steady, &killed] {
        let caught_up = async || {
            let verified = Command::new(BINARY)
                .args(["index", "verify", "--database-url", &database.url, "--data"])
                .arg(&service.data)
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&verified.stderr).into_owned();
            assert!(verified.status.success(), "{said}");
            said.contains("pending_changes=0").then_some(())
        };
        for _ in 0..40 {
            if caught_up().await.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        assert!(caught_up().await.is_some(), "it does not catch up");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stderr, reason = "a measurement is shown, not asserted")]
async fn what_is_published_is_found_on_both_nodes() {
    let database = cluster().await.database().await;
    let folders = [Folder::new(), Folder::new()];
    let nodes = [
        Service::start_on(&folders[0].0, &database.url).await,
        Service::start_on(&folders[1].0, &database.url).await,
    ];
    let mut took = Vec::new();
    let mut looking = tokio::task::JoinSet::new();
    // 50 a second: the bound of a second is measured here, and not asserted on a machine that does other things too.
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    for number in 0..100 {
        tick.tick().await;
        let callers = [nodes[0].caller(), nodes[1].caller()];
        looking.spawn(async move {
            let title = format!("Nyhet{number}");
            callers[number % 2].publish_new(complete(&title), "public").await;
            let begun = Instant::now();
            for caller in &callers {
                while caller.found(&format!("q=title:{title}&sort=newest")).await.is_empty() {
                    assert!(begun.elapsed() < Duration::from_secs(30), "{title} is not found");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
            begun.elapsed()
        });
    }
    while let Some(one) = looking.join_next().await {
        took.push(one.unwrap());
    }
    took.sort_unstable();
    eprintln!("found on both nodes after {:?} (half), {:?} (99 of 100)", took[50], took[98]);
}
