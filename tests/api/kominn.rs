//! KOMINN: what is ours arrives there once and as it is, and what is theirs is found here; whatever either side does.

use std::time::Duration;

use chrono::{DateTime, Utc};
use glomma::{
    kominn::{Counts, How},
    platform::auth::permission::Role,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    images::{PIXEL, upload},
    support::{
        FREDRIKSTAD, HVALER, SARPSBORG, complete,
        kominn::{
            PROFILES, Portal,
            stand_in::{Fault, Profile, Settings},
        },
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn a_publication_arrives_once_and_follows_its_versions_in_every_generation() {
    for (name, profile) in PROFILES {
        let portal = Portal::start(name, profile, json!({})).await;
        let fredrikstad = portal.app.of(FREDRIKSTAD);
        let (id, etag) =
            fredrikstad.publish_new(complete("Fallsensorer på Blåbær; 'æøå' & <b>"), "public").await;
        fredrikstad.publish_new(complete("Bare for regionen"), "region").await;
        assert_eq!(portal.sync().await.created, 0, "{name}: nothing is sent without consent");
        portal.consent(FREDRIKSTAD).await;
        assert_eq!(portal.sync().await.created, 1, "{name}");
        let item = portal.item_of(&id);
        let field = |field: &str| item[portal.name(field)].clone();
        assert_eq!(item["Title"], "Fallsensorer på Blåbær; 'æøå' & <b>");
        assert_eq!(field("Challenges"), "Eldre som bor alene blir liggende lenge etter et fall.");
        assert_eq!(
            field("SuggestedSolution"),
            "Radar i taket oppdager fall uten å ta bilder.\n\n— Resultater —\nTiden til hjelp ble halvert.\n\n\
             — Erfaringer —\nNettet må være på plass før sensorene."
        );
        let advice = field("UsefulForOthers");
        assert!(
            advice.as_str().unwrap().contains(&format!("https://portal.example/prosjekt/{id}")),
            "{advice}"
        );
        assert_eq!((field("Status"), field("Location")), (json!("Sendt inn"), json!("59.21,10.94")));
        assert_eq!((field("CountyCode"), field("IsPast")), (json!("3107"), json!(true)));
        assert!(!item.to_string().contains("innovasjon@kommune.example"), "the contact stays here");
        let quiet = portal.sync().await;
        assert_eq!((quiet.created, quiet.updated), (0, 0), "{name}: nothing changed");
        fredrikstad.revise(&id, &etag, json!({ "summary": "Ny", "sdgs": [9], "location": null })).await;
        assert_eq!(portal.sync().await.updated, 1, "{name}");
        let item = portal.item_of(&id);
        assert_eq!(
            (&item[portal.name("Summary")], &item[portal.name("Location")]),
            (&json!("Ny"), &Value::Null)
        );
        let link = portal.link_of(FREDRIKSTAD, &id).await;
        assert_eq!((&link["state"], &link["version"]), (&json!("synced"), &json!(2)), "{link}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_may_change_an_item_and_a_person_decides_where_both_changed_one_field() {
    let portal = Portal::start("v2", Profile::V2, json!({})).await;
    portal.consent(FREDRIKSTAD).await;
    let fredrikstad = portal.app.of(FREDRIKSTAD);
    let (id, etag) = fredrikstad.publish_new(complete("Fallsensorer"), "public").await;
    portal.sync().await;
    let item = portal.item_of(&id)["Id"].as_i64().unwrap();
    portal.site.edit(item, json!({ "Title": "Rettet der", "KmiChallenges": "Rettet der", "KmiStatus": "Publisert", "KmiLikes": 7 }));
    let changes = json!({ "title": "Rettet her", "solution": "Bedre" });
    fredrikstad.revise(&id, &etag, changes).await;
    assert_eq!(portal.sync().await.conflicts, 1);
    let there = portal.site.item(item).unwrap();
    assert!(
        there["KmiSuggestedSolution"].as_str().unwrap().starts_with("Bedre"),
        "what only we changed is sent"
    );
    assert_eq!(
        (&there["Title"], &there["KmiChallenges"]),
        (&json!("Rettet der"), &json!("Rettet der")),
        "theirs stands"
    );
    assert_eq!((&there["KmiStatus"], &there["KmiLikes"]), (&json!("Publisert"), &json!(7)), "that is theirs");
    let conflicts = fredrikstad.get("/v1/kominn/conflicts").await.expect(200).body;
    let conflict = &conflicts["items"][0];
    assert_eq!(
        conflict["conflicts"],
        json!([{ "field": "Title", "base": "Fallsensorer", "ours": "Rettet her", "theirs": "Rettet der" }])
    );
    let choices = format!("/v1/kominn/conflicts/{}/choices", conflict["id"].as_str().unwrap());
    let choose = async |body: Value| {
        let link = choices.trim_end_matches("/choices").replace("conflicts", "links");
        let etag = fredrikstad.get(&link).await.expect(200).etag();
        fredrikstad.put(&choices, &etag, body).await
    };
    fredrikstad.put(&choices, "\"k-0\"", json!({ "choices": {} })).await.refused(412, "stale-revision");
    choose(json!({ "choices": { "KmiStatus": "ours" } })).await.refused(422, "invalid-body");
    choose(json!({ "choices": { "Title": "mine" } })).await.refused(422, "invalid-body");
    let other = portal.app.of(HVALER);
    other
        .send(other.request(Method::PUT, &choices).json(&json!({ "choices": {} })))
        .await
        .refused(404, "not-found");
    choose(json!({ "choices": { "Title": "ours" } })).await.expect(200);
    portal.sync().await;
    assert_eq!(portal.site.item(item).unwrap()["Title"], "Rettet her");
    let link = portal.link_of(FREDRIKSTAD, &id).await;
    assert_eq!((&link["state"], &link["remote_status"]), (&json!("synced"), &json!("Publisert")), "{link}");
    choose(json!({ "choices": { "Title": "ours" } })).await.refused(409, "no-conflict");
    portal.site.edit(item, json!({ "Title": "Begge" }));
    fredrikstad.revise(&id, "*", json!({ "title": "Bare her" })).await;
    assert_eq!(portal.sync().await.conflicts, 1);
    portal.site.edit(item, json!({ "Title": "Bare her" }));
    portal.sync().await;
    assert_eq!(portal.link_of(FREDRIKSTAD, &id).await["state"], "synced", "they agree by themselves");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_is_taken_back_there_and_what_is_deleted_there_is_made_anew_only_by_a_person() {
    let portal = Portal::start("v1_1", Profile::V1_1, json!({})).await;
    portal.consent(FREDRIKSTAD).await;
    portal.consent(SARPSBORG).await;
    let (fredrikstad, sarpsborg) = (portal.app.of(FREDRIKSTAD), portal.app.of(SARPSBORG));
    let (id, etag) = fredrikstad.publish_new(complete("Fallsensorer"), "public").await;
    let (kept, _) = fredrikstad.publish_new(complete("Roboten"), "public").await;
    let (revoked, _) = sarpsborg.publish_new(complete("Nattevakt"), "public").await;
    assert_eq!(portal.sync().await.created, 3);
    fredrikstad.delete(&format!("/v1/projects/{id}/publication"), &etag).await.expect(204);
    let consent = "/v1/kominn/targets/kominn/consent";
    sarpsborg.send(sarpsborg.request(Method::DELETE, consent)).await.expect(204);
    assert_eq!(portal.sync().await.withdrawn, 2);
    for (project, owner) in [(&id, "Fredrikstad"), (&revoked, "Sarpsborg")] {
        let item = portal.item_of(project);
        assert_eq!(item["Title"], format!("Trukket tilbake av {owner}"));
        assert!(!item.to_string().contains("Radar i taket"), "{item}");
        assert_eq!(item["KmiStatus"], "Sendt inn", "it is theirs to unpublish");
    }
    let link = portal.link_of(FREDRIKSTAD, &id).await;
    assert!(link["withdrawn"] == true && link["attention"].as_str().unwrap().contains("fjerne"), "{link}");
    let path = format!("/v1/kominn/links?target=kominn&project_id={id}");
    let in_nynorsk = fredrikstad.request(Method::GET, &path).header("accept-language", "nn");
    let link = fredrikstad.send(in_nynorsk).await.expect(200).body["items"][0].clone();
    assert!(link["attention"].as_str().unwrap().contains("saksbehandlaren"), "{link}");
    let elsewhere = fredrikstad.get("/v1/kominn/links?target=another").await.expect(200);
    assert_eq!(elsewhere.body["items"], json!([]));
    assert_eq!(portal.sync().await.withdrawn, 0, "once");
    let item = portal.item_of(&kept)["Id"].as_i64().unwrap();
    portal.site.remove(item);
    assert_eq!(portal.sync().await.gone, 1);
    assert_eq!(portal.sync().await.created, 0, "nobody asked for it");
    let link = portal.link_of(FREDRIKSTAD, &kept).await;
    assert_eq!(link["state"], "gone", "{link}");
    let again = format!("/v1/kominn/links/{}/attempts", link["id"].as_str().unwrap());
    fredrikstad.send(fredrikstad.request(Method::POST, &again)).await.expect(200);
    assert_eq!(portal.sync().await.created, 1);
    assert_ne!(portal.item_of(&kept)["Id"], item);
    sarpsborg.send(sarpsborg.request(Method::PUT, consent)).await.expect(201);
    assert_eq!(portal.sync().await.updated, 1, "what is shared again is there again");
    assert_eq!(portal.item_of(&revoked)["Title"], "Nattevakt");
}

/// Two items of others, the second inspired by the first, and one that is not published; both, and the publication of the first.
async fn of_others(portal: &Portal) -> (i64, i64, String) {
    let first = portal.site.add(json!({
        "Title": "Delebil på fjellet", "KmiSummary": "Elbiler som deles", "KmiChallenges": "Mange kjører alene", "KmiStatus": "Publisert",
        "KmiName": "Kari Nordmann", "KmiTelephone": "99887766", "KmiAddress": "Storgata 1", "KmiMailAddress": "kari@asker.example",
        "KmiCountyCode": "3203", "KmiTags": ["Skole"], "KmiSustainabilityGoalsId": [101 + 3 * 13], "KmiLocation": "59.8,10.4"
    }));
    let second = portal.site.add(json!({ "Title": "Delesykkel", "KmiSummary": "s", "KmiStatus": "Suksess", "KmiInspiredById": [first] }));
    portal.site.add(json!({ "Title": "Ikke klart", "KmiSummary": "s", "KmiStatus": "Sendt inn" }));
    assert_eq!(portal.sync().await.imported, 2);
    let public = portal.app.anonymous();
    let find = async || public.found("q=fjellet").await.into_iter().next();
    (first, second, portal.app.eventually(find).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_publish_is_found_here_with_its_lineage_and_without_anybody_s_name() {
    let portal = Portal::start("v2", Profile::V2, json!({})).await;
    let (first, _, id) = of_others(&portal).await;
    let public = portal.app.anonymous();
    let shown = public.get(&format!("/v1/publications/{id}")).await.expect(200).body;
    let said = ["title", "need", "sdgs"].map(|member| shown[member].clone());
    assert_eq!(said, [json!("Delebil på fjellet"), json!("Mange kjører alene"), json!([13])]);
    let page = format!("{}/SitePages/Forslag.aspx?forslag={first}", portal.site.site());
    assert_eq!(shown["external"]["url"], page);
    assert_eq!(shown["external"]["municipality_number"], "3203");
    for personal in ["Kari", "99887766", "Storgata", "kari@"] {
        assert!(!shown.to_string().contains(personal), "{personal} is nobody's business: {shown}");
    }
    let asked = |field: &str| portal.site.requests().iter().any(|seen| seen.query.contains(field));
    assert!(!["Telephone", "Manager", "KmiName", "Author"].into_iter().any(asked), "it is not even read");
    let lineage = format!("/v1/publications/{id}/lineage?direction=imitations");
    let lineage = public.get(&lineage).await.expect(200).body.to_string();
    assert!(lineage.contains("Delesykkel"), "{lineage}");
    // The reference data is read anew every few seconds.
    let named = async || {
        let shown = public.get(&format!("/v1/publications/{id}")).await.expect(200).body;
        (shown["municipality"]["name"] == "KOMINN (kominn)").then_some(())
    };
    let mut waited = 0;
    while named().await.is_none() {
        waited += 1;
        assert!(
            waited < 60,
            "its source has no name: {}",
            public.get(&format!("/v1/publications/{id}")).await.body
        );
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    let listed = public.get("/v1/municipalities").await.expect(200).body.to_string();
    assert!(!listed.contains("KOMINN"), "it is no municipality");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_publish_is_imitated_and_credited_never_edited_and_follows_them() {
    let portal = Portal::start("v2", Profile::V2, json!({})).await;
    portal.consent(FREDRIKSTAD).await;
    let (first, second, id) = of_others(&portal).await;
    let (public, fredrikstad) = (portal.app.anonymous(), portal.app.of(FREDRIKSTAD));
    let path = format!("/v1/publications/{id}");
    fredrikstad
        .patch(&format!("/v1/projects/{id}"), "\"p-1\"", json!({ "title": "Vår" }))
        .await
        .refused(404, "not-found");
    let proposal = json!({ "fields": { "title": "Bedre" }, "reason": "Fordi" });
    fredrikstad.post(&format!("{path}/proposals"), proposal).await.refused(409, "external-publication");
    let (copy, etag) = fredrikstad.imitate(&id).await;
    let filled = fredrikstad.patch(&format!("/v1/projects/{copy}"), &etag, complete("Delebil hos oss")).await;
    fredrikstad.publish(&copy, &filled.expect(200).etag(), "public").await.expect(201);
    portal.sync().await;
    assert_eq!(portal.item_of(&copy)["KmiInspiredById"], json!([first]), "it is credited there");
    portal.site.edit(first, json!({ "KmiSummary": "Biler og sykler som deles", "KmiLikes": 40 }));
    portal.site.edit(second, json!({ "KmiLikes": 4 }));
    assert_eq!(portal.sync().await.imported, 1, "likes change nothing");
    portal.app.eventually(async || (public.get(&path).await.body["version"] == 2).then_some(())).await;
    portal.site.remove(second);
    portal.site.edit(first, json!({ "KmiStatus": "Sendt inn" }));
    assert_eq!(portal.sync().await.vanished, 2);
    let becomes = async |status: u16| {
        portal.app.eventually(async || (public.get(&path).await.status == status).then_some(())).await;
    };
    becomes(410).await;
    portal.site.edit(first, json!({ "KmiStatus": "Promotert" }));
    assert_eq!(portal.sync().await.imported, 1);
    becomes(200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_put_into_the_library_once_and_named_by_the_item() {
    for (name, profile) in [PROFILES[0], PROFILES[3]] {
        let portal = Portal::start(name, profile, json!({})).await;
        portal.consent(FREDRIKSTAD).await;
        let fredrikstad = portal.app.of(FREDRIKSTAD);
        let image = upload(&fredrikstad, PIXEL).await.expect(201).id();
        let mut content = complete("Fallsensorer");
        content["image"] = json!({ "id": image, "alt": "En radar" });
        let (id, etag) = fredrikstad.publish_new(content, "public").await;
        portal.sync().await;
        assert_eq!(portal.site.files(), [(format!("{image}.png"), PIXEL.to_vec())].into(), "{name}");
        let field = portal.name("Image");
        assert_eq!(portal.item_of(&id)[&field], format!("{}/Bilder/{image}.png", portal.site.site()));
        let uploads = || portal.site.requests().iter().filter(|seen| seen.path.contains("Bilder")).count();
        let etag = fredrikstad.revise(&id, &etag, json!({ "summary": "Ny" })).await;
        portal.sync().await;
        assert_eq!(uploads(), 1, "it is there");
        fredrikstad.revise(&id, &etag, json!({ "image": null })).await;
        portal.sync().await;
        assert_eq!(portal.item_of(&id)[&field], Value::Null);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_is_sent_only_when_the_operator_says_so_and_is_taken_out_when_it_is_redacted() {
    let portal = Portal::start("v1_1", Profile::V1_1, json!({ "contact": true })).await;
    portal.consent(FREDRIKSTAD).await;
    let fredrikstad = portal.app.of(FREDRIKSTAD);
    let (id, _) = fredrikstad.publish_new(complete("Fallsensorer"), "public").await;
    portal.sync().await;
    assert_eq!(portal.item_of(&id)["KmiMailAddress"], "innovasjon@kommune.example");
    let administrator = portal.app.with(FREDRIKSTAD, Role::Administrator);
    administrator
        .post(&format!("/v1/projects/{id}/redactions"), json!({ "reason": "Ba om det" }))
        .await
        .expect(200);
    assert_eq!(portal.sync().await.updated, 1);
    assert_eq!(portal.item_of(&id)["KmiMailAddress"], Value::Null);
    let owner = portal.app.database.owner().await;
    let kept = "SELECT (SELECT count(*) FROM kominn_link AS l WHERE l::text LIKE '%innovasjon@%') \
        + (SELECT count(*) FROM kominn_step AS s WHERE s::text LIKE '%innovasjon@%')";
    assert_eq!(owner.query_one(kept, &[]).await.unwrap().get::<_, i64>(0), 0, "it is kept nowhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn imitations_are_credited_across_municipalities_and_by_address_where_there_is_no_item() {
    let portal = Portal::start("climate", Profile::Climate, json!({})).await;
    portal.consent(SARPSBORG).await;
    let (fredrikstad, sarpsborg) = (portal.app.of(FREDRIKSTAD), portal.app.of(SARPSBORG));
    let (parent, _) = fredrikstad.publish_new(complete("Fallsensorer"), "public").await;
    let copy = sarpsborg.spread(&parent, "Fallsensorer hos oss", "public").await;
    portal.sync().await;
    let advice = portal.item_of(&copy)["KmiUsefulForOthers"].to_string();
    assert!(advice.contains(&format!("Fallsensorer: https://portal.example/prosjekt/{parent}")), "{advice}");
    assert_eq!(portal.item_of(&copy)["KmiInspiredById"], json!([]));
    portal.consent(FREDRIKSTAD).await;
    portal.sync().await;
    let item = portal.item_of(&parent)["Id"].clone();
    assert_eq!(portal.item_of(&copy)["KmiInspiredById"], json!([item]));
    let other = portal.site.add(json!({ "Title": "Et annet", "KmiStatus": "Publisert" }));
    let copied = portal.item_of(&copy)["Id"].as_i64().unwrap();
    portal.site.edit(copied, json!({ "KmiInspiredById": [item, other] }));
    let third = sarpsborg.get(&format!("/v1/projects/{copy}")).await.expect(200);
    sarpsborg.revise(&copy, &third.etag(), json!({ "summary": "Ny" })).await;
    portal.sync().await;
    assert_eq!(portal.item_of(&copy)["KmiInspiredById"], json!([item, other]), "what they added stands");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_what_the_run_then_does() {
    let portal = Portal::start("v2", Profile::V2, json!({})).await;
    portal.consent(FREDRIKSTAD).await;
    let fredrikstad = portal.app.of(FREDRIKSTAD);
    let (changed, etag) = fredrikstad.publish_new(complete("Fallsensorer"), "public").await;
    let (withdrawn, withdrawn_etag) = fredrikstad.publish_new(complete("Roboten"), "public").await;
    let (deleted, _) = fredrikstad.publish_new(complete("Nattevakt"), "public").await;
    let (disputed, disputed_etag) = fredrikstad.publish_new(complete("Lyset"), "public").await;
    let theirs = portal.site.add(json!({ "Title": "Delebil", "KmiSummary": "s", "KmiStatus": "Publisert" }));
    portal.sync().await;
    fredrikstad.revise(&changed, &etag, json!({ "summary": "Ny", "results": null })).await;
    fredrikstad.revise(&disputed, &disputed_etag, json!({ "title": "Lyset her" })).await;
    fredrikstad.delete(&format!("/v1/projects/{withdrawn}/publication"), &withdrawn_etag).await.expect(204);
    portal.site.edit(portal.item_of(&disputed)["Id"].as_i64().unwrap(), json!({ "Title": "Lyset der" }));
    portal.site.remove(portal.item_of(&deleted)["Id"].as_i64().unwrap());
    portal.site.edit(theirs, json!({ "Title": "Delebiler" }));
    portal.site.add(json!({ "Title": "Delesykkel", "KmiSummary": "s", "KmiStatus": "Publisert", "KmiInspiredById": [theirs] }));
    let (fresh, _) = fredrikstad.publish_new(complete("Helt nytt"), "public").await;
    portal.app.of(SARPSBORG).spread(&fresh, "Hos oss", "public").await;
    let before = portal.site.items();
    let (dry, error, run) = portal.run(How { dry: true, ..How::default() }).await;
    assert_eq!(error, None);
    let said = portal.steps(FREDRIKSTAD, run).await;
    assert_eq!(portal.site.items(), before, "a dry run changes nothing there");
    let (done, error, run) = portal.run(How::default()).await;
    assert_eq!(error, None);
    let did = portal.steps(FREDRIKSTAD, run).await;
    assert!(said.len() >= 7, "{said:#?}");
    assert_eq!(json!(said), json!(did));
    assert_eq!(dry, done);
    assert_eq!(portal.site.violations(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_built_less_well_is_understood_too() {
    for (name, profile) in [PROFILES[1], PROFILES[3]] {
        let settings = Settings { profile, coarse: true, page: 3, threshold: 300, ..Settings::default() };
        let portal = Portal::with(name, settings, json!({})).await;
        portal.consent(FREDRIKSTAD).await;
        let theirs: Vec<i64> = (0..7)
            .map(|nth| {
                portal.site.add(
                    json!({ "Title": format!("Nr. {nth}"), "KmiSummary": "s", "KmiStatus": "Publisert" }),
                )
            })
            .collect();
        let fredrikstad = portal.app.of(FREDRIKSTAD);
        let (id, etag) = fredrikstad.publish_new(complete("Fallsensorer"), "public").await;
        let counts = portal.sync().await;
        assert_eq!((counts.created, counts.imported), (1, 7), "{name}");
        portal.site.edit(theirs[0], json!({ "KmiLikes": 4, "KmiNumberOfComments": 2 }));
        fredrikstad.revise(&id, &etag, json!({ "summary": "Ny" })).await;
        let counts = portal.sync().await;
        assert_eq!((counts.updated, counts.imported), (1, 0), "{name}");
        let item = portal.item_of(&id);
        assert_eq!((&item["Title"], &item["KmiSummary"]), (&json!("Fallsensorer"), &json!("Ny")));
        assert!(
            portal
                .app
                .eventually(async || portal.app.anonymous().found("q=title:Nr").await.into_iter().next())
                .await
                .len()
                > 9
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_with_an_older_time_or_comes_back_is_read_and_the_last_that_goes_is_gone() {
    let portal = Portal::start("v2", Profile::V2, json!({})).await;
    let item = |title: &str| json!({ "Title": title, "KmiSummary": "s", "KmiStatus": "Publisert" });
    let first = portal.site.add(item("Delebil"));
    assert_eq!(portal.sync().await.imported, 1);
    let mut moved = item("Flyttet hit");
    moved["Modified"] = json!("2020-01-01T00:00:00Z");
    let moved = portal.site.add(moved);
    assert_eq!(portal.sync().await.imported, 1);
    assert_eq!(portal.sync().await.imported, 0, "once");
    portal.site.edit(first, json!({ "Modified": "2020-01-01T00:00:00Z" }));
    portal.site.remove(first);
    portal.site.remove(moved);
    assert_eq!(portal.sync().await.vanished, 2, "the list says that it is empty");
    portal.site.restore(first);
    assert_eq!(portal.sync().await.imported, 1, "as it was, but there again");
    assert_eq!(portal.sync().await.imported, 0, "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_bears_our_number_and_not_our_mark_is_not_written_to() {
    let portal = Portal::start("v1_1", Profile::V1_1, json!({})).await;
    portal.consent(FREDRIKSTAD).await;
    let fredrikstad = portal.app.of(FREDRIKSTAD);
    let (id, etag) = fredrikstad.publish_new(complete("Fallsensorer"), "public").await;
    portal.sync().await;
    let item = portal.item_of(&id)["Id"].as_i64().unwrap();
    // The list was made anew, and counts from 1 again.
    portal.site.edit(item, json!({
        "Title": "En annens", "KmiSummary": "s", "KmiChallenges": "c", "KmiSuggestedSolution": "l", "KmiUsefulForOthers": null,
        "KmiCompRef": null, "KmiStatus": "Publisert", "Modified": "2020-01-01T00:00:00Z"
    }));
    fredrikstad.revise(&id, &etag, json!({ "summary": "Ny" })).await;
    let counts = portal.sync().await;
    assert_eq!((counts.gone, counts.updated, counts.imported), (1, 0, 1), "it is shown as another's");
    assert_eq!(portal.site.item(item).unwrap()["KmiSummary"], "s", "it is another's");
    let link = portal.link_of(FREDRIKSTAD, &id).await;
    assert!(link["state"] == "gone" && link["error"].as_str().unwrap().contains("mark"), "{link}");
    assert_eq!(portal.sync().await, Counts::default(), "then it waits for a person");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_made_anew_is_another_s_from_its_first_item() {
    let portal = Portal::start("v2", Profile::V2, json!({})).await;
    portal.consent(FREDRIKSTAD).await;
    let fredrikstad = portal.app.of(FREDRIKSTAD);
    let (parent, _) = fredrikstad.publish_new(complete("Fallsensorer"), "public").await;
    let (kept, _) = fredrikstad.publish_new(complete("Nattevakt"), "public").await;
    portal.sync().await;
    let anothers = |title: &str| {
        json!({ "Title": title, "KmiSummary": title, "KmiChallenges": null, "KmiSuggestedSolution": null, "KmiUsefulForOthers": null,
            "KmiCompRef": null, "KmiStatus": "Publisert", "Modified": "2020-01-01T00:00:00Z" })
    };
    let [first, second] = [&parent, &kept].map(|id| portal.item_of(id)["Id"].as_i64().unwrap());
    // The first is deleted, and that is accepted; then both numbers are others'.
    portal.site.remove(first);
    assert_eq!(portal.sync().await.gone, 1);
    portal.site.restore(first);
    portal.site.edit(first, anothers("En annens"));
    portal.site.edit(second, anothers("En tredjes"));
    let copy = portal.app.of(SARPSBORG);
    portal.consent(SARPSBORG).await;
    copy.spread(&kept, "Nattevakt hos oss", "public").await;
    let counts = portal.sync().await;
    assert_eq!((counts.imported, counts.created), (1, 1), "the first is shown as another's");
    for (item, title) in [(first, "En annens"), (second, "En tredjes")] {
        let there = portal.site.item(item).unwrap();
        assert_eq!(
            (&there["Title"], &there["KmiInspiredById"]),
            (&json!(title), &json!([])),
            "and nothing is written"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_is_refused_keeps_nothing_else_back() {
    let portal = Portal::start("v2", Profile::V2, json!({})).await;
    portal.consent(FREDRIKSTAD).await;
    let fredrikstad = portal.app.of(FREDRIKSTAD);
    let image = upload(&fredrikstad, PIXEL).await.expect(201).id();
    let mut content = complete("Fallsensorer");
    content["image"] = json!({ "id": image, "alt": "En radar" });
    portal.sync().await;
    portal.site.forget_requests();
    portal.sync().await;
    let before = portal.site.requests().len();
    let (id, etag) = fredrikstad.publish_new(content, "public").await;
    portal.site.fail(std::iter::repeat_n(Fault::Slow(Duration::ZERO), before).chain([Fault::Refused]));
    let (counts, error, run) = portal.run(How::default()).await;
    assert_eq!((counts.created, error), (1, None));
    let steps = portal.steps(FREDRIKSTAD, run).await;
    assert!(steps[0]["error"].as_str().unwrap().contains("picture was not taken"), "{steps:?}");
    assert_eq!(portal.item_of(&id)["KmiImage"], Value::Null);
    fredrikstad.revise(&id, &etag, json!({ "summary": "Ny" })).await;
    portal.sync().await;
    assert!(portal.item_of(&id)["KmiImage"].is_string(), "it is tried again with the next version");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_stopped_before_its_end_is_due_again_in_minutes() {
    let portal = Portal::start("v2", Profile::V2, json!({})).await;
    let due_in = async || {
        let targets = portal.app.of(FREDRIKSTAD).get("/v1/kominn/targets").await.expect(200).body;
        let due = targets["items"][0]["next_run_at"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
        (due - Utc::now()).num_minutes()
    };
    portal.sync().await;
    assert!((58..=60).contains(&due_in().await));
    portal.site.fail([Fault::Forbidden]);
    portal.run(How::default()).await;
    assert!((4..=5).contains(&due_in().await));
    portal.site.fail([Fault::TooManyRequests(1200)]);
    portal.run(How::default()).await;
    assert!((19..=20).contains(&due_in().await), "not before it may be asked");
}
