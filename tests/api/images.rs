//! Pictures: sent once, shown to whoever sees a version with them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Client, FREDRIKSTAD, HVALER, TestApp, complete};

/// The smallest picture that there is.
pub(crate) const PIXEL: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";

pub(crate) async fn upload(caller: &Client, bytes: &[u8]) -> Answer {
    let request = caller.request(Method::POST, "/v1/images").header("content-type", "image/png");
    caller.send(request.body(bytes.to_vec())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_one_however_often_it_is_sent_and_nothing_but_a_picture() {
    let app = TestApp::start().await;
    let caller = app.of(FREDRIKSTAD);
    let first = upload(&caller, PIXEL).await.expect(201);
    assert_eq!(upload(&caller, PIXEL).await.expect(201).id(), first.id());
    assert_ne!(upload(&app.of(HVALER), PIXEL).await.expect(201).id(), first.id(), "each has its own");
    upload(&caller, b"<svg onload=alert(1)>").await.refused(415, "unsupported-media-type");
    upload(&caller, &[PIXEL, &vec![0; 1_500_000]].concat()).await.refused(413, "too-large");
    let image = format!("/v1/images/{}", first.id());
    let shown = caller.request(Method::GET, &image).send().await.unwrap();
    assert_eq!(shown.headers()["content-type"], "image/png");
    assert_eq!(shown.bytes().await.unwrap(), PIXEL);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_seen_by_whoever_sees_a_version_with_it_and_is_not_copied_by_an_imitation() {
    let app = TestApp::start().await;
    let (fredrikstad, hvaler, public) = (app.of(FREDRIKSTAD), app.of(HVALER), app.anonymous());
    let id = upload(&fredrikstad, PIXEL).await.expect(201).id();
    let path = format!("/v1/images/{id}");
    let mut content = complete("Fallsensorer");
    content["image"] = json!({ "id": id, "alt": "En radar" });
    let foreign = hvaler.post("/v1/projects", content.clone()).await.refused(422, "invalid-body");
    assert_eq!(foreign.pointers(), ["#/image/id"]);
    let seen =
        async |caller: &Client| caller.request(Method::GET, &path).send().await.unwrap().status().as_u16();
    let (project, etag) = fredrikstad.create(content).await;
    assert_eq!(
        [seen(&hvaler).await, seen(&public).await, seen(&fredrikstad).await],
        [404, 404, 200],
        "a draft's is its own"
    );
    let etag = fredrikstad.publish(&project, &etag, "region").await.expect(201).etag();
    assert_eq!([seen(&hvaler).await, seen(&public).await], [200, 404]);
    let etag = fredrikstad.publish(&project, &etag, "public").await.expect(200).etag();
    assert_eq!(seen(&public).await, 200);
    let (copy, _) = hvaler.imitate(&project).await;
    assert_eq!(hvaler.get(&format!("/v1/projects/{copy}")).await.expect(200).body["image"], Value::Null);
    fredrikstad.delete(&format!("/v1/projects/{project}/publication"), &etag).await.expect(204);
    assert_eq!(
        [seen(&hvaler).await, seen(&public).await, seen(&fredrikstad).await],
        [404, 404, 200],
        "it is taken back with it"
    );
}
