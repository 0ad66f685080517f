//! The whole way there and back, in every generation of the lists.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    images::{PIXEL, upload},
    support::{
        Client, FREDRIKSTAD, SARPSBORG, complete,
        kominn::{PROFILES, Portal},
    },
};

struct Round {
    portal: Portal,
    name: &'static str,
    fredrikstad: Client,
}

impl Round {
    fn id_there(&self, project: &str) -> i64 {
        self.portal.item_of(project)["Id"].as_i64().unwrap()
    }

    fn there(&self, project: &str, field: &str) -> Value {
        self.portal.item_of(project)[self.portal.name(field)].clone()
    }

    fn edit_there(&self, project: &str, field: &str, value: &str) {
        self.portal.site.edit(self.id_there(project), json!({ self.portal.name(field): value }));
    }

    /// A project with a picture; its imitation next door; and one of ours that imitates what others have there.
    async fn create(&self) -> (String, String, String) {
        let image = upload(&self.fredrikstad, PIXEL).await.expect(201).id();
        let mut content = complete("Fallsensorer på Blåbær");
        content["image"] = json!({ "id": image, "alt": "En radar" });
        let (project, _) = self.fredrikstad.publish_new(content, "public").await;
        let copy = self.portal.app.of(SARPSBORG).spread(&project, "Hos oss", "public").await;
        let [summary, status] = ["Summary", "Status"].map(|field| self.portal.name(field));
        let theirs = self.portal.site.add(json!({ "Title": "Delebil", summary: "s", status: "Publisert" }));
        let counts = self.portal.sync().await;
        assert_eq!((counts.created, counts.imported), (2, 1), "{}", self.name);
        let owner = self.portal.app.database.owner().await;
        let shown = owner.query_one("SELECT publication_id::text FROM kominn_item", &[]).await.unwrap();
        let (own, etag) = self.fredrikstad.imitate(&shown.get::<_, String>(0)).await;
        let filled =
            self.fredrikstad.patch(&format!("/v1/projects/{own}"), &etag, complete("Delebil hos oss")).await;
        self.fredrikstad.publish(&own, &filled.expect(200).etag(), "public").await.expect(201);
        assert_eq!(self.portal.sync().await.created, 1, "{}", self.name);
        assert_eq!(self.there(&project, "Image"), format!("{}/Bilder/{image}.png", self.portal.site.site()));
        assert_eq!(self.inspired_by(&copy), json!([self.id_there(&project)]), "{}", self.name);
        assert_eq!(self.inspired_by(&own), json!([theirs]), "{}", self.name);
        (project, copy, own)
    }

    fn inspired_by(&self, project: &str) -> Value {
        self.portal.item_of(project)[format!("{}Id", self.portal.name("InspiredBy"))].clone()
    }

    /// Each side changes a field of its own, and both change one.
    async fn change_both(&self, project: &str) {
        self.edit_there(project, "Challenges", "Rettet der");
        self.edit_there(project, "Summary", "Rettet der");
        let changes = json!({ "summary": "Rettet her", "solution": "Bedre" });
        self.fredrikstad.revise(project, "*", changes).await;
        assert_eq!(self.portal.sync().await.conflicts, 1, "{}", self.name);
        assert!(self.there(project, "SuggestedSolution").as_str().unwrap().starts_with("Bedre"));
        assert_eq!(self.there(project, "Challenges"), "Rettet der", "{}", self.name);
        let link = self.portal.link_of(FREDRIKSTAD, project).await;
        let key = link["id"].as_str().unwrap();
        let etag = self.fredrikstad.get(&format!("/v1/kominn/links/{key}")).await.expect(200).etag();
        let choices = json!({ "choices": { self.portal.name("Summary"): "ours" } });
        let path = format!("/v1/kominn/conflicts/{key}/choices");
        self.fredrikstad.put(&path, &etag, choices).await.expect(200);
        assert_eq!(self.portal.sync().await.updated, 1, "{}", self.name);
        assert_eq!(self.there(project, "Summary"), "Rettet her", "{}", self.name);
        assert_eq!(self.portal.link_of(FREDRIKSTAD, project).await["state"], "synced", "{}", self.name);
    }

    /// One is taken back here, another is deleted there.
    async fn end(&self, project: &str, own: &str) {
        let path = format!("/v1/projects/{project}/publication");
        let withdrawn = self.fredrikstad.request(Method::DELETE, &path).header("if-match", "*");
        self.fredrikstad.send(withdrawn).await.expect(204);
        self.portal.site.remove(self.id_there(own));
        let counts = self.portal.sync().await;
        assert_eq!((counts.withdrawn, counts.gone), (1, 1), "{}", self.name);
        assert_eq!(self.there(project, "Title"), "Trukket tilbake av Fredrikstad", "{}", self.name);
        assert_eq!(self.there(project, "Image"), Value::Null, "{}", self.name);
        assert_eq!(self.portal.link_of(FREDRIKSTAD, own).await["state"], "gone", "{}", self.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publication_goes_the_whole_way_there_and_back_in_every_generation() {
    for (name, profile) in PROFILES {
        let portal = Portal::start(name, profile, json!({})).await;
        portal.consent(FREDRIKSTAD).await;
        portal.consent(SARPSBORG).await;
        let fredrikstad = portal.app.of(FREDRIKSTAD);
        let round = Round { portal, name, fredrikstad };
        let (project, copy, own) = round.create().await;
        round.change_both(&project).await;
        round.end(&project, &own).await;
        let counts = round.portal.sync().await;
        assert_eq!(counts, glomma::kominn::Counts::default(), "{name}: then there is nothing to do");
        assert_eq!(round.there(&copy, "Title"), "Hos oss");
    }
}
