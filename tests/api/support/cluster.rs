//! One PostgreSQL cluster for the whole run, and a database of its own for each test, cloned from a template.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use glomma::platform::db::{embedded::Embedded, provision::provision};
use tokio::sync::{Mutex, OnceCell};
use tokio_postgres::NoTls;
use uuid::Uuid;

/// A running cluster with the template `glomma`, migrated and seeded.
pub(crate) struct Cluster {
    embedded: Embedded,
    /// PostgreSQL clones a template only while nobody else does.
    cloning: Mutex<()>,
    _watchdog: Child,
}

/// The database of one test.
pub(crate) struct Database {
    /// As the service connects: by the login that owns nothing.
    pub(crate) url: String,
    /// As the owner of the tables, who is a superuser here.
    pub(crate) owner_url: String,
}

static CLUSTER: OnceCell<Cluster> = OnceCell::const_new();

pub(crate) async fn cluster() -> &'static Cluster {
    CLUSTER.get_or_init(Cluster::start).await
}

impl Cluster {
    async fn start() -> Self {
        let data = std::env::temp_dir().join(format!("glomma-test-{}", std::process::id()));
        let embedded = Embedded::start(&data).await.expect("an embedded PostgreSQL");
        let watchdog = watchdog(data);
        let cluster = Self { embedded, cloning: Mutex::new(()), _watchdog: watchdog };
        // What is lost with the machine is of no worth here, and waiting for the disk is most of a test's time.
        cluster.execute("postgres", "ALTER SYSTEM SET fsync = off").await;
        cluster.execute("postgres", "SELECT pg_reload_conf()").await;
        provision(&cluster.embedded).await.expect("a template");
        cluster
    }

    pub(crate) async fn execute(&self, database: &str, sql: &str) {
        run(&self.embedded.url("postgres", database), sql).await.expect(sql);
    }

    /// A new database like the template.
    pub(crate) async fn database(&self) -> Database {
        let _turn = self.cloning.lock().await;
        let name = format!("t_{}", Uuid::now_v7().simple());
        let clone = format!("CREATE DATABASE {name} TEMPLATE glomma");
        for _ in 0..50 {
            match run(&self.embedded.url("postgres", "postgres"), &clone).await {
                Ok(()) => return self.named(&name),
                // The connection that provisioned the template may still be closing.
                Err(cause) if cause.code().is_some_and(|code| code.code() == "55006") => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(cause) => panic!("{clone}: {cause}"),
            }
        }
        panic!("the template stays in use");
    }

    /// A new, empty database.
    pub(crate) async fn empty_database(&self) -> Database {
        let name = format!("t_{}", Uuid::now_v7().simple());
        self.execute("postgres", &format!("CREATE DATABASE {name} TEMPLATE template0")).await;
        self.named(&name)
    }

    fn named(&self, name: &str) -> Database {
        Database { url: self.embedded.url("glomma", name), owner_url: self.embedded.url("postgres", name) }
    }
}

impl Database {
    /// A client that is a superuser, for looking behind the service.
    pub(crate) async fn owner(&self) -> tokio_postgres::Client {
        connect(&self.owner_url).await
    }

    /// A client that logs in as the service does.
    pub(crate) async fn login(&self) -> tokio_postgres::Client {
        connect(&self.url).await
    }
}

async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("a connection");
    tokio::task::spawn(connection);
    client
}

async fn run(url: &str, sql: &str) -> Result<(), tokio_postgres::Error> {
    connect(url).await.batch_execute(sql).await
}

/// Stops the cluster and removes its folder when this process ends, in whatever way: its standard input closes.
fn watchdog(data: PathBuf) -> Child {
    let script = "trap '' INT TERM; cat > /dev/null; \
        kill -QUIT $(head -n 1 \"$0/postgres/postmaster.pid\"); sleep 0.5; rm -rf \"$0\"";
    Command::new("sh").arg("-c").arg(script).arg(data).stdin(Stdio::piped()).spawn().expect("sh")
}
