//! Nothing that was acknowledged is lost, whatever is killed and whenever; over the real binary and its embedded
//! PostgreSQL, with the disk waited for.

use std::{process::Command, time::Duration};

use serde_json::Value;

use crate::support::{
    Client, cluster, complete,
    service::{BINARY, Folder, Service},
};

/// Publishes until the service dies; returns the titles of what was acknowledged.
async fn publish_until_killed(caller: Client, round: usize) -> Vec<String> {
    let mut acknowledged = Vec::new();
    for number in 0.. {
        let title = format!("Runde{round}nummer{number}");
        let created =
            caller.request(reqwest::Method::POST, "/v1/projects").json(&complete(&title)).send().await;
        let Ok(created) = created else { break };
        let Ok(created) = created.json::<Value>().await else { break };
        let id = created["id"].as_str().unwrap_or_default();
        let body = serde_json::json!({ "audience": "public" });
        let publish = caller.request(reqwest::Method::PUT, &format!("/v1/projects/{id}/publication"));
        match publish.header("if-match", "*").json(&body).send().await {
            Ok(published) if published.status() == 201 => acknowledged.push(title),
            _ => break,
        }
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_publication_survives_kill_9_and_is_searchable() {
    let folder = Folder::new();
    let mut acknowledged = Vec::new();
    for round in 0..4 {
        let mut service = Service::start(&folder.0).await;
        let writing = tokio::task::spawn(publish_until_killed(service.caller(), round));
        tokio::time::sleep(Duration::from_millis(150 + 137 * u64::try_from(round).unwrap())).await;
        service.signal("-KILL");
        service.wait();
        acknowledged.extend(writing.await.unwrap());
    }
    assert!(acknowledged.len() >= 4, "too few to say anything: {}", acknowledged.len());
    let mut service = Service::start(&folder.0).await;
    let caller = service.caller();
    for title in &acknowledged {
        assert_eq!(caller.found(&format!("q={title}")).await.len(), 1, "{title} of {}", acknowledged.len());
    }
    service.signal("-TERM");
    assert!(service.wait().success(), "SIGTERM is a clean stop");
    assert!(!folder.0.join("postgres/postmaster.pid").exists(), "PostgreSQL was stopped with it");
    let verified = Command::new(BINARY).args(["index", "verify", "--data"]).arg(&folder.0).output().unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_or_damaged_index_is_rebuilt_and_a_second_server_on_the_folder_is_refused() {
    let folder = Folder::new();
    let mut service = Service::start(&folder.0).await;
    service.caller().publish_new(complete("Kajakk"), "public").await;
    let second = Command::new(BINARY)
        .args(["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--data"])
        .arg(&folder.0)
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(!second.status.success() && complaint.contains("in use by another glomma"), "{complaint}");
    service.signal("-TERM");
    assert!(service.wait().success());
    for damage in [
        "rm -r \"$0\"/index-4",
        "for f in \"$0\"/index-4/*; do echo damaged > $f; done",
        "echo {} > \"$0\"/index-4/meta.json",
        "truncate -s 100 \"$0\"/index-4/*.store",
        "mv \"$0\"/index-4 \"$0\"/index-3",
        // Killed while a new index was put in the place of this one.
        "mv \"$0\"/index-4 \"$0\"/index.former",
    ] {
        assert!(Command::new("sh").arg("-c").arg(damage).arg(&folder.0).status().unwrap().success());
        let mut service = Service::start(&folder.0).await;
        assert_eq!(service.caller().found("q=kajakk").await.len(), 1, "after {damage}");
        service.signal("-INT");
        assert!(service.wait().success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_first_index_is_built_only_search_waits() {
    let database = cluster().await.database().await;
    let (first, second) = (Folder::new(), Folder::new());
    let service = Service::start_on(&first.0, &database.url).await;
    service.caller().publish_new(complete("Kajakk"), "public").await;
    drop(service);
    let owner = database.owner().await;
    owner.batch_execute("BEGIN; LOCK TABLE imitation IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let service = Service::start_on(&second.0, &database.url).await;
    let answer = service.caller().get("/v1/publications?q=kajakk").await.refused(503, "unavailable");
    assert!(!answer.header("retry-after").is_empty());
    service.caller().get("/v1/municipalities").await.expect(200);
    owner.batch_execute("COMMIT").await.unwrap();
    for _ in 0..400 {
        let found = service.caller().get("/v1/publications?q=kajakk").await;
        if found.status == 200 {
            assert_eq!(found.body["total"], 1, "as soon as it answers, it is right");
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the index is not built");
}
