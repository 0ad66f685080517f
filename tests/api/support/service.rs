//! The binary, in a process of its own that can be killed.

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
use uuid::Uuid;

use super::{Client, FREDRIKSTAD};

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_glomma");

/// The service as an operator runs it.
pub(crate) struct Service {
    child: Child,
    pub(crate) data: PathBuf,
    port: u16,
    metrics: u16,
}

impl Service {
    /// On a PostgreSQL of its own.
    pub(crate) async fn start(data: &Path) -> Self {
        Self::start_with(data, &[]).await
    }

    /// On a cluster that other tests use too, of whose connections it takes few.
    pub(crate) async fn start_on(data: &Path, url: &str) -> Self {
        Self::start_with(data, &["--database-url", url, "--database-connections", "6"]).await
    }

    /// Behind TLS, on a PostgreSQL of its own; `client` trusts the certificate.
    pub(crate) async fn start_tls(data: &Path, (chain, key): (&str, &str), client: &reqwest::Client) -> Self {
        let service = Self::spawn(data, &["--tls-certificate", chain, "--tls-key", key]);
        for _ in 0..600 {
            if client
                .get(service.tls_url("/health/ready"))
                .send()
                .await
                .is_ok_and(|answer| answer.status() == 200)
            {
                return service;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("it does not get ready");
    }

    pub(crate) fn tls_url(&self, path: &str) -> String {
        format!("https://127.0.0.1:{}{path}", self.port)
    }

    /// What it says before it ends.
    pub(crate) fn refuses_to_start(data: &Path, options: &[&str]) -> String {
        let mut command = Command::new(BINARY);
        command
            .args(["serve", "--dev", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--data"])
            .arg(data);
        let output = command.args(options).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    }

    async fn start_with(data: &Path, options: &[&str]) -> Self {
        let service = Self::spawn(data, options);
        service.wait_until_ready().await;
        service
    }

    fn spawn(data: &Path, options: &[&str]) -> Self {
        let [port, metrics] = [(); 2].map(|()| free_port());
        std::fs::create_dir_all(data).unwrap();
        let log = data.join("test.log");
        let child = Command::new(BINARY)
            .args(["serve", "--dev", "--log", "debug", "--listen", &format!("127.0.0.1:{port}")])
            .args(["--metrics-listen", &format!("127.0.0.1:{metrics}"), "--data"])
            .arg(data)
            .args(options)
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        Self { child, data: data.to_owned(), port, metrics }
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
    pub(crate) fn caller(&self) -> Client {
        let (key, now) = (DevelopmentKey::of(&self.data).unwrap(), Clock.now());
        let until = now + Duration::from_mins(10);
        let token = key.sign(FREDRIKSTAD.parse().unwrap(), &[Role::Coordinator], None, (now, until)).unwrap();
        let address = format!("127.0.0.1:{}", self.port).parse().unwrap();
        Client::new(reqwest::Client::new(), address, Some(token), Arc::default())
    }

    /// What the operator's monitoring reads.
    pub(crate) async fn metrics(&self) -> String {
        let address = format!("http://127.0.0.1:{}/metrics", self.metrics);
        reqwest::get(address).await.unwrap().text().await.unwrap()
    }

    /// Everything that it logs, at its most talkative.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.data.join("test.log")).unwrap()
    }

    pub(crate) fn signal(&self, signal: &str) {
        assert!(
            Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap().success()
        );
    }

    pub(crate) fn wait(&mut self) -> std::process::ExitStatus {
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
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
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
