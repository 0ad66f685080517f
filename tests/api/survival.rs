//! Nothing that was acknowledged is lost, whatever is killed and whenever; over the real binary and its embedded
//! PostgreSQL, with the disk waited for.

use std::{process::Command, time::Duration};

use serde_json::Value;

use crate::support::{
    Client, complete,
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
        "rm -r \"$0\"/index-3",
        "for f in \"$0\"/index-3/*; do echo damaged > $f; done",
        "echo {} > \"$0\"/index-3/meta.json",
    ] {
        assert!(Command::new("sh").arg("-c").arg(damage).arg(&folder.0).status().unwrap().success());
        let mut service = Service::start(&folder.0).await;
        assert_eq!(service.caller().found("q=kajakk").await.len(), 1, "after {damage}");
        service.signal("-INT");
        assert!(service.wait().success());
    }
}
