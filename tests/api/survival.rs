//! Nothing that was acknowledged is lost, whatever is killed and whenever; over the real binary and its embedded
//! PostgreSQL, with the disk waited for.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use glomma::platform::{
    auth::{development::DevelopmentKey, permission::Role},
    clock::Clock,
};
use serde_json::Value;
use uuid::Uuid;

use crate::support::{Client, FREDRIKSTAD, complete};

const BINARY: &str = env!("CARGO_BIN_EXE_glomma");

/// The service as an operator runs it.
struct Service {
    child: Child,
    data: PathBuf,
    port: u16,
}

impl Service {
    async fn start(data: &Path) -> Self {
        let [port, metrics] = [(); 2].map(|()| free_port());
        let child = Command::new(BINARY)
            .args(["serve", "--dev", "--listen", &format!("127.0.0.1:{port}")])
            .args(["--metrics-listen", &format!("127.0.0.1:{metrics}"), "--data"])
            .arg(data)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let service = Self { child, data: data.to_owned(), port };
        service.wait_until_ready().await;
        service
    }

    async fn wait_until_ready(&self) {
        for _ in 0..600 {
            let answer = self.caller().request(reqwest::Method::GET, "/health/ready").send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("it does not get ready");
    }
    fn caller(&self) -> Client {
        let (key, now) = (DevelopmentKey::of(&self.data).unwrap(), Clock.now());
        let until = now + Duration::from_mins(10);
        let token = key.sign(FREDRIKSTAD.parse().unwrap(), &[Role::Coordinator], None, (now, until)).unwrap();
        let address = format!("127.0.0.1:{}", self.port).parse().unwrap();
        Client::new(reqwest::Client::new(), address, Some(token), Arc::default())
    }

    fn signal(&self, signal: &str) {
        assert!(
            Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap().success()
        );
    }

    fn wait(&mut self) -> std::process::ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A data folder whose PostgreSQL is stopped, and which is removed, at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("glomma-survival-{}", Uuid::now_v7().simple())))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let stop =
            "kill -QUIT $(head -n 1 \"$0/postgres/postmaster.pid\") 2> /dev/null; sleep 0.3; rm -rf \"$0\"";
        drop(Command::new("sh").arg("-c").arg(stop).arg(&self.0).status());
    }
}

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
        "rm -r \"$0\"/index-2",
        "for f in \"$0\"/index-2/*; do echo damaged > $f; done",
        "echo {} > \"$0\"/index-2/meta.json",
    ] {
        assert!(Command::new("sh").arg("-c").arg(damage).arg(&folder.0).status().unwrap().success());
        let mut service = Service::start(&folder.0).await;
        assert_eq!(service.caller().found("q=kajakk").await.len(), 1, "after {damage}");
        service.signal("-INT");
        assert!(service.wait().success());
    }
}
