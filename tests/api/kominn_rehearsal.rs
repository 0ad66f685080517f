//! Random histories on both sides of a site: whatever has happened, a dry run says what the run then does.

use std::{collections::BTreeSet, panic::AssertUnwindSafe};

use futures_util::FutureExt;
use glomma::kominn::{Counts, How};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    Client, FREDRIKSTAD, SARPSBORG, complete,
    kominn::{Portal, stand_in::Profile},
    random::Random,
};

const MUNICIPALITIES: [&str; 2] = [FREDRIKSTAD, SARPSBORG];
const ROUNDS: usize = 9;
/// What happens between two runs.
const HAPPENINGS: usize = 5;

struct History {
    portal: Portal,
    random: Random,
    /// Ours, with whose they are.
    own: Vec<(&'static str, String)>,
    /// Publications of what others have there.
    external: Vec<String>,
    removed: Vec<i64>,
    seen: BTreeSet<String>,
}

impl History {
    async fn begin(seed: u64) -> Self {
        let portal = Portal::start("v2", Profile::V2, json!({})).await;
        let (own, external, removed) = Default::default();
        let mut history =
            Self { portal, random: Random(seed), own, external, removed, seen: BTreeSet::default() };
        for municipality in MUNICIPALITIES {
            history.portal.consent(municipality).await;
            history.publish(municipality).await;
        }
        history
    }

    async fn publish(&mut self, owner: &'static str) {
        let title = format!("Prosjekt {}", self.own.len());
        let audience = if self.random.below(4) == 0 { "region" } else { "public" };
        let (id, _) = self.portal.app.of(owner).publish_new(complete(&title), audience).await;
        self.own.push((owner, id));
    }

    /// Something that anybody may do, on either side.
    async fn happen(&mut self) {
        let owner = MUNICIPALITIES[self.random.below(2)];
        let client = self.portal.app.of(owner);
        let mine = self.own.iter().filter(|(of, _)| *of == owner).map(|(_, id)| id.clone());
        let mine = mine.collect::<Vec<_>>();
        let id = self.random.one(&mine).unwrap();
        match self.random.below(20) {
            0 => self.publish(owner).await,
            1..=4 => self.change(&client, &id).await,
            5 => drop(client.delete(&format!("/v1/projects/{id}/publication"), "*").await),
            6..=8 => self.imitate(owner).await,
            9..=12 => self.edit_there(),
            13 => self.remove_there(),
            14 => self.removed.drain(..).for_each(|item| self.portal.site.restore(item)),
            15 => self.add_there(),
            16 => self.consent(&client).await,
            _ => self.decide_or_forget(&client, &id).await,
        }
    }

    async fn change(&mut self, client: &Client, id: &str) {
        let patch = json!({ "title": format!("Ny tittel {}", self.random.below(3)), "results": Value::Null });
        let etag = client.patch(&format!("/v1/projects/{id}"), "*", patch).await.expect(200).etag();
        let audience = if self.random.below(5) == 0 { "region" } else { "public" };
        client.publish(id, &etag, audience).await;
    }

    async fn imitate(&mut self, owner: &'static str) {
        let mut origins = self.external.clone();
        origins.extend(self.own.iter().filter(|(of, _)| *of != owner).map(|(_, id)| id.clone()));
        let Some(parent) = self.random.one(&origins) else { return };
        let client = self.portal.app.of(owner);
        if client.get(&format!("/v1/publications/{parent}")).await.status == 200 {
            let (id, etag) = client.imitate(&parent).await;
            let title = format!("Etterligning {}", self.own.len());
            let patched = client.patch(&format!("/v1/projects/{id}"), &etag, complete(&title)).await;
            client.publish(&id, &patched.expect(200).etag(), "public").await.expect(201);
            self.own.push((owner, id));
        }
    }

    fn item_there(&mut self) -> Option<i64> {
        let items: Vec<i64> =
            self.portal.site.items().iter().filter_map(|item| item["Id"].as_i64()).collect();
        self.random.one(&items)
    }

    fn edit_there(&mut self) {
        let Some(item) = self.item_there() else { return };
        let status = ["Sendt inn", "Publisert"][self.random.below(2)];
        let change = match self.random.below(4) {
            0 => json!({ "Title": format!("Der {}", self.random.below(3)) }),
            1 => json!({ "KmiStatus": status }),
            2 => json!({ "KmiUsefulForOthers": "Råd derfra", "KmiLikes": 3 }),
            _ => {
                json!({ "KmiInspiredById": self.item_there().filter(|other| *other != item).into_iter().collect::<Vec<_>>() })
            }
        };
        self.portal.site.edit(item, change);
    }

    fn remove_there(&mut self) {
        let Some(item) = self.item_there() else { return };
        self.portal.site.remove(item);
        self.removed.push(item);
    }

    fn add_there(&mut self) {
        let inspired: Vec<i64> = self.item_there().into_iter().collect();
        self.portal.site.add(json!({ "Title": "Delebil", "KmiSummary": "s", "KmiStatus": "Publisert", "KmiInspiredById": inspired }));
    }

    async fn consent(&self, client: &Client) {
        let path = "/v1/kominn/targets/kominn/consent";
        if client.send(client.request(Method::DELETE, path)).await.status != 204 {
            client.send(client.request(Method::PUT, path)).await.expect(201);
        }
    }

    /// A person decides what waits; else the ledger forgets an item, as after a restored backup.
    async fn decide_or_forget(&self, client: &Client, id: &str) {
        let path = format!("/v1/kominn/links?project_id={id}");
        let links = client.get(&path).await.expect(200);
        let link = &links.body["items"][0];
        let key = link["id"].as_str().unwrap_or_default();
        if link["state"] == "conflict" {
            let etag = client.get(&format!("/v1/kominn/links/{key}")).await.expect(200).etag();
            let choices = json!({ "choices": { link["conflicts"][0]["field"].as_str().unwrap(): "ours" } });
            client.put(&format!("/v1/kominn/conflicts/{key}/choices"), &etag, choices).await.expect(200);
        } else if link["state"] == "gone" {
            client.send(client.request(Method::POST, &format!("/v1/kominn/links/{key}/attempts"))).await;
        } else {
            let owner = self.portal.app.database.owner().await;
            let forget = format!("DELETE FROM kominn_link WHERE project_id = '{id}'");
            owner.batch_execute(&forget).await.unwrap();
        }
    }

    async fn run(&self, dry: bool, unbraked: bool) -> (Counts, Vec<Value>) {
        let (counts, error, run) = self.portal.run(How { dry, asked: false, unbraked }).await;
        assert_eq!(error, None);
        let mut steps = Vec::new();
        for municipality in MUNICIPALITIES {
            steps.extend(self.portal.steps(municipality, run).await);
        }
        (counts, steps)
    }

    /// A digest of what a run may write.
    async fn record(&self) -> Vec<Option<String>> {
        let owner = self.portal.app.database.owner().await;
        let mut digests = Vec::new();
        for table in
            ["project", "publication", "publication_version", "imitation", "kominn_link", "kominn_item"]
        {
            let digest = format!("SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t");
            digests.push(owner.query_one(&digest, &[]).await.unwrap().get(0));
        }
        digests
    }

    async fn round(&mut self) {
        for _ in 0..HAPPENINGS {
            self.happen().await;
        }
        let before = (self.portal.site.items(), self.record().await);
        let unbraked = self.random.below(2) == 0;
        let said = self.run(true, unbraked).await;
        let after = (self.portal.site.items(), self.record().await);
        assert_eq!(after, before, "a dry run changes nothing, here or there");
        let did = self.run(false, unbraked).await;
        assert_eq!(json!(said.1), json!(did.1));
        assert_eq!(said.0, did.0);
        for step in &did.1 {
            self.seen.insert(step["action"].as_str().unwrap().to_owned());
            let external = step["project_id"].as_str().filter(|_| step["action"] == "import");
            self.external.extend(external.map(ToOwned::to_owned));
        }
    }

    /// Whatever was hidden, deleted and taken out of the bin again.
    async fn assert_all_of_others_is_shown(&self) {
        let items = self.portal.site.items();
        let others =
            items.iter().filter(|item| item["KmiCompRef"].is_null() && item["KmiStatus"] == "Publisert");
        let others: Vec<i64> = others.filter_map(|item| item["Id"].as_i64()).collect();
        let shown = "SELECT item_id FROM kominn_item WHERE hash <> '' ORDER BY item_id";
        let shown = self.portal.app.database.owner().await.query(shown, &[]).await.unwrap();
        assert_eq!(shown.iter().map(|row| row.get(0)).collect::<Vec<i64>>(), others);
    }

    async fn tell(mut self) -> BTreeSet<String> {
        for _ in 0..ROUNDS {
            self.round().await;
        }
        self.run(false, true).await;
        let (_, quiet) = self.run(false, true).await;
        assert_eq!(quiet, Vec::<Value>::new(), "when nothing happens there is nothing to do");
        assert_eq!(self.portal.site.violations(), Vec::<String>::new());
        self.assert_all_of_others_is_shown().await;
        let copies = "SELECT (SELECT count(*) FROM rehearsal.kominn_link) + (SELECT count(*) FROM rehearsal.kominn_item)";
        let owner = self.portal.app.database.owner().await;
        assert_eq!(owner.query_one(copies, &[]).await.unwrap().get::<_, i64>(0), 0, "nothing of it is kept");
        self.seen
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_foresees_whatever_a_run_does() {
    let seen = History::begin(0x5eed_0006).await.tell().await;
    let all = ["create", "find", "gone", "import", "inspire", "update", "vanish", "withdraw"];
    assert_eq!(
        seen,
        all.map(ToOwned::to_owned).into(),
        "each is in this history, but for conflicts, which have a test of their own"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn it_does_after_a_history_that_nobody_has_seen_before() {
    let seed = Random::fresh_seed();
    let told = AssertUnwindSafe(async { History::begin(seed).await.tell().await }).catch_unwind().await;
    assert!(told.is_ok(), "seed {seed:#x}");
}
