//! A service of one's own: a node on a database, behind a real server on a port of its own.

use std::{
    collections::BTreeSet,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use glomma::{
    config,
    issuer::Vault,
    node::{Guard, Jobs, Node, Record, Tasks, Trust},
    platform::{
        auth::{development::DevelopmentKey, permission::Role},
        clock::Clock,
    },
    server::{self, Outside},
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    client::Client,
    cluster::{Database, cluster},
};

pub(crate) struct TestApp {
    pub(crate) address: SocketAddr,
    pub(crate) database: Database,
    pub(crate) called: Arc<Mutex<BTreeSet<String>>>,
    key: DevelopmentKey,
    data: PathBuf,
    tasks: Tasks,
    http: reqwest::Client,
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Self::on(cluster().await.database().await).await
    }

    /// A node that trusts other issuers too.
    pub(crate) async fn trusting(issuers: &Value) -> Self {
        let setup = Setup { issuers: Some(issuers.clone()), ..Setup::default() };
        Self::set_up(cluster().await.database().await, setup).await
    }

    /// A node on a database that other nodes may use too.
    pub(crate) async fn on(database: Database) -> Self {
        Self::set_up(database, Setup::default()).await
    }

    pub(crate) async fn set_up(database: Database, setup: Setup) -> Self {
        let data = std::env::temp_dir().join(format!("glomma-test-data-{}", Uuid::now_v7()));
        let settings = config::Database { data: data.clone(), database_url: None, database_connections: 4 };
        let record = Record::connect(&settings, database.url.clone().into()).await.expect("the record");
        let jobs = Jobs::Here(config::Upkeep { changes_keep_days: 365, audit_keep_days: 3650 });
        let (tasks, key) = (Tasks::default(), DevelopmentKey::of(&data).expect("a key"));
        let issuers = setup.issuers.map(|issuers| write_issuers(&data, &issuers));
        let built_in = Some(("https://api.example".to_owned(), Vault::derived(b"tests").expect("a vault")));
        let trust = Trust { issuers, own: vec![key.issuer()], built_in };
        let node = Node::start(&record, (trust, setup.guard), jobs, &tasks).await.expect("a node");
        // A machine that does much else takes its time to make the first, empty index.
        while !node.engine.is_open() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let outside = Outside {
            cors_origins: vec!["https://frontend.example".to_owned()],
            public_url: "https://api.example".parse().expect("an address"),
            security_contact: Some("mailto:sikkerhet@kommune.example".to_owned()),
            tls: None,
        };
        let server = server::serve(listener, node, outside, 1, tasks.stop_token()).expect("a server");
        tokio::task::spawn(server);
        let http = client();
        Self { address, database, called: Arc::default(), key, data, tasks, http }
    }

    /// Replaces the operator's file of issuers.
    pub(crate) fn rewrite_issuers(&self, issuers: &Value) {
        write_issuers(&self.data, issuers);
    }

    pub(crate) fn token(&self, municipality: &str, role: Role, scope: Option<&str>) -> String {
        let now = Clock.now();
        let municipality = municipality.parse().expect("an organisation number");
        self.key.sign(municipality, &[role], scope, (now, now + Duration::from_mins(10))).expect("a token")
    }

    pub(crate) fn operator_token(&self) -> String {
        let now = Clock.now();
        self.key.sign_operator((now, now + Duration::from_mins(10))).expect("a token")
    }

    /// A caller with a municipality's coordinator, who may do all that is done with projects.
    pub(crate) fn of(&self, municipality: &str) -> Client {
        self.with(municipality, Role::Coordinator)
    }

    pub(crate) fn with(&self, municipality: &str, role: Role) -> Client {
        self.bearing(Some(self.token(municipality, role, None)))
    }

    pub(crate) fn anonymous(&self) -> Client {
        self.bearing(None)
    }

    pub(crate) fn bearing(&self, token: Option<String>) -> Client {
        Client::new(self.http.clone(), self.address, token, self.called.clone())
    }

    /// Asks again until the answer is as wanted; the index is at most a second behind.
    pub(crate) async fn eventually<T>(&self, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
        for _ in 0..200 {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("it did not come to be");
    }
}

/// What a node is started with beside the usual.
#[derive(Default)]
pub(crate) struct Setup {
    pub(crate) issuers: Option<Value>,
    pub(crate) guard: Guard,
}

fn write_issuers(data: &Path, issuers: &Value) -> PathBuf {
    let file = data.join("issuers.json");
    std::fs::write(&file, issuers.to_string()).expect("a file");
    file
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.tasks.stop_token().cancel();
        drop(std::fs::remove_dir_all(&self.data));
    }
}
fn client() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client")
}
