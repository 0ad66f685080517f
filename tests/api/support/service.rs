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
}

impl Service {
    /// On a PostgreSQL of its own.
    pub(crate) async fn start(data: &Path) -> Self {
        Self::start_with(data, &[]).await
    }

    /// On a database that others use too.
    pub(crate) async fn start_on(data: &Path, url: &str) -> Self {
        Self::start_with(data, &["--database-url", url]).await
    }

    async fn start_with(data: &Path, options: &[&str]) -> Self {
        let [port, metrics] = [(); 2].map(|()| free_port());
        let child = Command::new(BINARY)
            .args(["serve", "--dev", "--listen", &format!("127.0.0.1:{port}")])
            .args(["--metrics-listen", &format!("127.0.0.1:{metrics}"), "--data"])
            .arg(data)
            .args(options)
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
    pub(crate) fn caller(&self) -> Client {
        let (key, now) = (DevelopmentKey::of(&self.data).unwrap(), Clock.now());
        let until = now + Duration::from_mins(10);
        let token = key.sign(FREDRIKSTAD.parse().unwrap(), &[Role::Coordinator], None, (now, until)).unwrap();
        let address = format!("127.0.0.1:{}", self.port).parse().unwrap();
        Client::new(reqwest::Client::new(), address, Some(token), Arc::default())
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
