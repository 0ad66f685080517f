//! Random histories: four municipalities do whatever they may, and after every step the service is held against a model
//! of it that is small enough to be believed.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, FREDRIKSTAD, HVALER, RADE, SARPSBORG, TestApp, complete, random::Random};

/// The last of them belongs to no region.
const MUNICIPALITIES: [&str; 4] = [FREDRIKSTAD, SARPSBORG, HVALER, RADE];
const OUTSIDE: usize = 3;
/// The four, and whoever sends no token.
const READERS: usize = 5;
const STEPS: usize = 90;
/// How far one can come, farthest first.
const STATES: [&str; 5] = ["evaluated", "in_use", "piloting", "planned", "discontinued"];
const SHARED: [&str; 14] = [
    "title",
    "summary",
    "need",
    "target_groups",
    "solution",
    "transfer_notes",
    "language",
    "strategic_areas",
    "kinds",
    "degree",
    "tags",
    "sdgs",
    "links",
    "licence",
];

/// What is known of a project.
struct Project {
    owner: usize,
    /// None for a draft.
    audience: Option<&'static str>,
    withdrawn: bool,
    parent: Option<String>,
    /// Every version as its owner read it when it was published.
    versions: Vec<Value>,
    /// The entries of the ledger as they were read last, oldest first, and what they come to.
    ledger: Vec<Value>,
    state: Option<&'static str>,
}

impl Project {
    /// Whether a reader knows of it: as a publication, or as a draft of its own.
    fn is_known_to(&self, reader: usize) -> bool {
        let neighbours = reader < OUTSIDE && self.owner < OUTSIDE;
        self.owner == reader || self.audience == Some("public") || (self.audience.is_some() && neighbours)
    }

    fn is_shown_to(&self, reader: usize) -> bool {
        self.audience.is_some() && !self.withdrawn && self.is_known_to(reader)
    }
}

struct History {
    app: TestApp,
    random: Random,
    projects: BTreeMap<String, Project>,
    /// Open ones, with what they are offered to.
    proposals: Vec<(String, String)>,
}

impl History {
    async fn begin(seed: u64) -> Self {
        let app = TestApp::start().await;
        let outside = "DELETE FROM region_member WHERE municipality_id = $1";
        app.database.owner().await.execute(outside, &[&MUNICIPALITIES[OUTSIDE]]).await.unwrap();
        Self { app, random: Random(seed), projects: BTreeMap::new(), proposals: Vec::new() }
    }

    fn client(&self, reader: usize) -> Client {
        MUNICIPALITIES.get(reader).map_or_else(|| self.app.anonymous(), |of| self.app.of(of))
    }

    fn owner(&self, id: &str) -> Client {
        self.client(self.projects[id].owner)
    }

    fn a_project(&mut self, which: impl Fn(&Project) -> bool) -> Option<String> {
        let those: Vec<_> = self.projects.iter().filter(|(_, project)| which(project)).collect();
        let those: Vec<String> = those.into_iter().map(|(id, _)| id.clone()).collect();
        self.random.one(&those)
    }

    async fn step(&mut self) {
        let actor = self.random.below(MUNICIPALITIES.len());
        let own = self.a_project(|project| project.owner == actor);
        let shown = self.a_project(|project| project.is_shown_to(actor) && project.owner != actor);
        match (self.random.below(10), own, shown) {
            (0, ..) | (_, None, None) => self.create(actor).await,
            (1, Some(own), _) => self.edit(&own).await,
            (2..4, Some(own), _) => self.publish(&own).await,
            (4, Some(own), _) => self.withdraw(&own).await,
            (5, Some(own), _) => self.merge(&own).await,
            (6, Some(own), _) => self.adopt(&own).await,
            (7, _, Some(shown)) => self.propose(actor, &shown).await,
            (8, ..) => self.close_a_proposal().await,
            (_, _, Some(shown)) => self.imitate(actor, &shown).await,
            (_, Some(own), None) => self.publish(&own).await,
        }
    }

    async fn create(&mut self, actor: usize) {
        let title = format!("Prosjekt {}", self.projects.len());
        let (id, _) = self.client(actor).create(complete(&title)).await;
        self.insert(id, actor, None, None);
    }

    fn insert(&mut self, id: String, owner: usize, parent: Option<String>, state: Option<&'static str>) {
        let (versions, ledger) = (Vec::new(), Vec::new());
        let project = Project { owner, audience: None, withdrawn: false, parent, versions, ledger, state };
        self.projects.insert(id, project);
    }

    async fn edit(&mut self, id: &str) {
        let need = format!("Behov {}", self.random.below(5));
        let tags: Vec<String> =
            (0..self.random.below(4)).map(|_| format!("ord {}", self.random.below(6))).collect();
        let patch = json!({ "need": need, "tags": tags });
        self.owner(id).patch(&format!("/v1/projects/{id}"), "*", patch).await.expect(200);
    }

    async fn publish(&mut self, id: &str) {
        let audience = ["public", "region"][self.random.below(2)];
        let owner = self.owner(id);
        let published = owner.publish(id, "*", audience).await;
        assert!([200, 201].contains(&published.status.as_u16()), "{:#}", published.body);
        let version = usize::try_from(published.body["version"].as_u64().unwrap()).unwrap();
        let project = self.projects.get_mut(id).unwrap();
        (project.audience, project.withdrawn) = (Some(audience), false);
        assert!(version == project.versions.len() || version == project.versions.len() + 1, "one at a time");
        if version > project.versions.len() {
            let read = owner.get(&format!("/v1/publications/{id}/versions/{version}")).await.expect(200);
            project.versions.push(read.body);
        }
    }

    async fn withdraw(&mut self, id: &str) {
        let shown = self.projects[id].audience.is_some() && !self.projects[id].withdrawn;
        let withdrawn = self.owner(id).delete(&format!("/v1/projects/{id}/publication"), "*").await;
        assert_eq!(withdrawn.status.as_u16(), if shown { 204 } else { 409 });
        self.projects.get_mut(id).unwrap().withdrawn |= shown;
    }

    async fn imitate(&mut self, actor: usize, parent: &str) {
        let (id, etag) = self.client(actor).imitate(parent).await;
        let own = json!({ "contact": { "unit": "Helse", "email": "helse@kommune.example" } });
        self.client(actor).patch(&format!("/v1/projects/{id}"), &etag, own).await.expect(200);
        self.insert(id, actor, Some(parent.to_owned()), Some("planned"));
    }

    async fn merge(&mut self, id: &str) {
        let project = &self.projects[id];
        let owner = self.owner(id);
        let request = owner.request(Method::POST, &format!("/v1/projects/{id}/upstream/merges"));
        let merged = owner.send(request.header("If-Match", "*").json(&json!({ "take": SHARED }))).await;
        if project.parent.as_ref().is_none_or(|parent| !self.projects[parent].is_shown_to(project.owner)) {
            merged.refused(409, "upstream-unavailable");
            return;
        }
        merged.expect(200);
        let after = owner.get(&format!("/v1/projects/{id}/upstream")).await.expect(200).body;
        let status = after["items"][0]["status"].as_str().unwrap();
        assert!(["identical", "ahead"].contains(&status), "everything was taken over: {status}");
    }

    async fn propose(&mut self, actor: usize, to: &str) {
        let need = format!("Forslag {}", self.projects.len() * 100 + self.random.below(100));
        let offer = json!({ "fields": { "need": need }, "reason": "Lært" });
        let made =
            self.client(actor).post(&format!("/v1/publications/{to}/proposals"), offer).await.expect(201);
        self.proposals.push((made.id(), to.to_owned()));
    }

    async fn close_a_proposal(&mut self) {
        let Some((id, to)) = self.proposals.pop() else { return };
        let decision = [
            json!({ "outcome": "accepted", "take": ["need"] }),
            json!({ "outcome": "declined", "answer": "Nei" }),
        ];
        let decision = self.random.one(&decision).unwrap();
        self.owner(&to).put(&format!("/v1/proposals/{id}/decision"), "*", decision).await.expect(200);
    }

    async fn adopt(&mut self, id: &str) {
        let state = STATES[self.random.below(STATES.len())];
        let entry = json!({ "state": state, "account": { "reason": "Derfor" } });
        let recorded = self.owner(id).post(&format!("/v1/projects/{id}/adoption/entries"), entry).await;
        if recorded.status == 201 {
            self.projects.get_mut(id).unwrap().state = Some(state);
        } else {
            recorded.refused(409, "adoption-transition");
        }
    }

    /// Holds a project against the model, as a reader sees it.
    async fn check(&mut self, id: &str, reader: usize) {
        let project = &self.projects[id];
        let client = self.client(reader);
        let status = client.get(&format!("/v1/publications/{id}")).await.status.as_u16();
        let expected = match (project.is_known_to(reader) && project.audience.is_some(), project.withdrawn) {
            (false, _) => 404,
            (true, withdrawn) => {
                if withdrawn {
                    410
                } else {
                    200
                }
            }
        };
        assert_eq!(status, expected, "{id} for {reader}");
        let draft = client.get(&format!("/v1/projects/{id}")).await.status.as_u16();
        assert_eq!(
            draft,
            if reader == project.owner {
                200
            } else if reader < READERS - 1 {
                404
            } else {
                401
            }
        );
        if expected != 404 {
            self.check_counts(id, reader, &client).await;
            self.check_lineage(id, reader, &client).await;
        }
        self.check_history(id).await;
    }

    /// Counts equal a recount.
    async fn check_counts(&self, id: &str, reader: usize, client: &Client) {
        let children = || self.projects.values().filter(|child| child.parent.as_deref() == Some(id));
        let shown: Vec<&Project> = children().filter(|child| child.is_shown_to(reader)).collect();
        let list = client.get(&format!("/v1/publications/{id}/imitations?limit=100")).await.expect(200).body;
        assert_eq!(list["total"], shown.len());
        let known = children().filter(|child| child.is_known_to(reader)).count();
        assert_eq!(list["items"].as_array().unwrap().len(), known);
        let adoptions = client.get(&format!("/v1/publications/{id}/adoptions")).await.expect(200).body;
        assert_eq!(adoptions["copied"], shown.len());
        let mut farthest = [STATES.len(); MUNICIPALITIES.len()];
        for child in shown {
            let rank = STATES.iter().position(|state| Some(*state) == child.state).unwrap();
            farthest[child.owner] = farthest[child.owner].min(rank);
        }
        for (rank, state) in STATES.iter().enumerate() {
            let recount = farthest.iter().filter(|farthest| **farthest == rank).count();
            assert_eq!(adoptions["tally"][state], recount, "{state} of {id} for {reader}");
        }
    }

    /// The lineage is complete, names nobody who is hidden, and leads in no circle.
    async fn check_lineage(&self, id: &str, reader: usize, client: &Client) {
        let lineage = client.get(&format!("/v1/publications/{id}/lineage?depth=200")).await.expect(200).body;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let nodes: BTreeSet<String> =
            lineage["nodes"].as_array().unwrap().iter().map(|node| text(&node["id"])).collect();
        let mut expected = BTreeSet::from([id.to_owned()]);
        let mut up = id.to_owned();
        while let Some(parent) =
            self.projects[&up].parent.clone().filter(|parent| self.projects[parent].is_known_to(reader))
        {
            expected.insert(parent.clone());
            up = parent;
        }
        let mut down = vec![id.to_owned()];
        while let Some(next) = down.pop() {
            let children = self.projects.iter().filter(|(_, child)| child.parent.as_ref() == Some(&next));
            let known =
                children.filter(|(_, child)| child.is_known_to(reader)).map(|(child, _)| child.clone());
            let known: Vec<String> = known.collect();
            expected.extend(known.iter().cloned());
            down.extend(known);
        }
        assert_eq!(nodes, expected, "the lineage of {id} for {reader}");
        let edges = lineage["edges"].as_array().unwrap();
        let generation = |id: &Value| {
            let node = lineage["nodes"].as_array().unwrap().iter().find(|node| node["id"] == *id);
            node.expect("both ends of an edge are shown")["generation"].as_i64().unwrap()
        };
        assert!(edges.iter().all(|edge| generation(&edge["from"]) < generation(&edge["to"])));
        assert_eq!(edges.len(), nodes.len() - 1, "everybody has one parent in this model");
    }

    /// Versions never change, and a ledger only grows.
    async fn check_history(&mut self, id: &str) {
        let owner = self.owner(id);
        let project = self.projects.get_mut(id).unwrap();
        let nth = self.random.below(project.versions.len().max(1));
        if let Some(version) = project.versions.get(nth).filter(|_| !project.withdrawn) {
            let path = format!("/v1/publications/{id}/versions/{}", nth + 1);
            assert_eq!(&owner.get(&path).await.expect(200).body, version);
        }
        let ledger = owner.get(&format!("/v1/projects/{id}/adoption")).await.expect(200).body;
        let entries: Vec<Value> = ledger["entries"].as_array().unwrap().iter().rev().cloned().collect();
        assert_eq!(entries.get(..project.ledger.len()), Some(project.ledger.as_slice()), "append-only");
        assert_eq!(ledger["state"].as_str(), project.state);
        project.ledger = entries;
    }

    async fn run(mut self) {
        for step in 0..STEPS {
            self.step().await;
            let ids: Vec<String> = self.projects.keys().cloned().collect();
            let (id, reader) = (self.random.one(&ids).unwrap(), self.random.below(READERS));
            self.check(&id, reader).await;
            if step % 30 == 29 {
                for (id, reader) in ids.iter().flat_map(|id| (0..READERS).map(move |reader| (id, reader))) {
                    self.check(id, reader).await;
                }
            }
        }
        assert!(self.projects.len() > 5 && self.projects.values().any(|project| project.parent.is_some()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_random_history_keeps_every_promise() {
    History::begin(0x5eed_0001).await.run().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_random_history_does_too() {
    History::begin(0x5eed_0002).await.run().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_one_that_nobody_has_seen_before() {
    let seed = Random::fresh_seed();
    let history = tokio::spawn(async move { History::begin(seed).await.run().await }).await;
    history.unwrap_or_else(|cause| panic!("seed {seed:#x}: {cause}"));
}
