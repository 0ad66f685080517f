//! KOMINN beside a service: the stand-in, and runs against it.

#[expect(dead_code, reason = "the example reads what the tests do not")]
#[path = "../../../examples/kominn/stand_in/mod.rs"]
pub(crate) mod stand_in;

use std::{path::PathBuf, sync::Arc};

use glomma::{
    kominn::{Counts, How, Kominn, Targets},
    node::{Guard, Record},
};
use serde_json::{Value, json};
use stand_in::{Profile, Settings, StandIn};
use uuid::Uuid;

use super::{Database, Setup, TestApp, cluster};

pub(crate) const PROFILES: [(&str, Profile); 4] =
    [("v1_0", Profile::V1_0), ("v1_1", Profile::V1_1), ("climate", Profile::Climate), ("v2", Profile::V2)];

/// A service, a site, and how they are joined.
pub(crate) struct Portal {
    pub(crate) app: TestApp,
    pub(crate) site: StandIn,
    pub(crate) targets: Arc<Targets>,
    pub(crate) file: PathBuf,
    prefix: &'static str,
}

impl Portal {
    /// Of a generation, set up as usual but for some members.
    pub(crate) async fn start(name: &str, profile: Profile, changes: Value) -> Self {
        Self::with(name, Settings { profile, ..Settings::default() }, changes).await
    }

    pub(crate) async fn with(name: &str, settings: Settings, changes: Value) -> Self {
        Self::beside(name, StandIn::start(settings).unwrap(), changes).await
    }

    pub(crate) async fn beside(name: &str, site: StandIn, changes: Value) -> Self {
        let prefix = if name == "v1_0" { "" } else { "Kmi" };
        let mut target = json!({
            "name": "kominn", "site": site.site(), "profile": name, "auth": { "kind": "none" },
            "schedule": { "every_minutes": 60 }, "settle_seconds": 1, "timeout_seconds": 4
        });
        target.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let file = write_targets(&json!([target]));
        let targets = Arc::new(Targets::read(&file).unwrap());
        let guard = Guard { kominn: targets.clone(), ..Guard::default() };
        let setup = Setup { guard, ..Setup::default() };
        let app = TestApp::set_up(cluster().await.database().await, setup).await;
        Self { app, site, targets, file, prefix }
    }

    /// What a field is called there.
    pub(crate) fn name(&self, name: &str) -> String {
        if name == "Title" { name.to_owned() } else { format!("{}{name}", self.prefix) }
    }

    pub(crate) async fn consent(&self, municipality: &str) {
        let path = "/v1/kominn/targets/kominn/consent";
        let caller = self.app.of(municipality);
        caller.send(caller.request(reqwest::Method::PUT, path)).await.expect(201);
    }

    /// Runs it as a job would; what it did, in numbers, and why it stopped.
    pub(crate) async fn run(&self, how: How) -> (Counts, Option<String>, Uuid) {
        let kominn = Kominn::new(record(&self.app.database).await.db, self.targets.clone());
        let progress = tokio::sync::watch::Sender::new(Counts::default());
        let ended = kominn.run(&self.targets.targets[0], how, progress).await.unwrap().unwrap();
        (ended.counts, ended.error, ended.run)
    }

    /// Runs it to its end, in which nothing goes wrong.
    pub(crate) async fn sync(&self) -> Counts {
        let (counts, error, _) = self.run(How::default()).await;
        assert_eq!(error, None, "{counts:?}");
        assert_eq!(self.site.violations(), Vec::<String>::new());
        counts
    }

    /// What a run did that a municipality may see, a step each, without what a dry run cannot know.
    pub(crate) async fn steps(&self, municipality: &str, run: Uuid) -> Vec<Value> {
        let mut steps = self
            .app
            .of(municipality)
            .get(&format!("/v1/kominn/runs/{run}/steps?limit=100"))
            .await
            .expect(200);
        let steps = steps.body["items"].as_array_mut().unwrap();
        for step in steps.iter_mut() {
            let step = step.as_object_mut().unwrap();
            step.remove("nth");
            if ["create", "inspire"].iter().any(|action| step["action"] == *action) {
                step.remove("item");
            }
        }
        std::mem::take(steps)
    }

    /// The only item that bears the mark of a project.
    pub(crate) fn item_of(&self, project: &str) -> Value {
        let mark = self.name("CompRef");
        let items = self.site.items();
        let mut found = items.into_iter().filter(|item| item[&mark] == format!("NGI:{project}"));
        let item = found.next().unwrap_or_else(|| panic!("no item of {project}: {:?}", self.site.items()));
        assert!(found.next().is_none(), "two items of one project");
        item
    }

    pub(crate) async fn link_of(&self, municipality: &str, project: &str) -> Value {
        let path = format!("/v1/kominn/links?project_id={project}");
        self.app.of(municipality).get(&path).await.expect(200).body["items"][0].clone()
    }
}

/// The record alone, as a command opens it.
pub(crate) async fn record(database: &Database) -> Record {
    let data = std::env::temp_dir().join(format!("glomma-test-data-{}", Uuid::now_v7()));
    let settings = glomma::config::Database { data, database_url: None, database_connections: 4 };
    Record::connect(&settings, database.url.clone().into()).await.unwrap()
}

/// The operator's file.
pub(crate) fn write_targets(targets: &Value) -> PathBuf {
    let file = std::env::temp_dir().join(format!("glomma-test-kominn-{}.json", Uuid::now_v7()));
    let text = json!({ "link": "https://portal.example/prosjekt/{id}", "targets": targets });
    std::fs::write(&file, text.to_string()).unwrap();
    file
}

impl Drop for Portal {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.file));
    }
}
