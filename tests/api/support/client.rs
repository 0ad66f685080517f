//! A caller. Every answer that it gets is checked against the OpenAPI document.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use reqwest::{
    Method, RequestBuilder, StatusCode,
    header::{CONTENT_TYPE, ETAG, HeaderMap, IF_MATCH},
};
use serde_json::Value;

use super::contract::Contract;

#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    address: SocketAddr,
    token: Option<String>,
    called: Arc<Mutex<BTreeSet<String>>>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Client {
    pub(crate) fn new(
        http: reqwest::Client,
        address: SocketAddr,
        token: Option<String>,
        called: Arc<Mutex<BTreeSet<String>>>,
    ) -> Self {
        Self { http, address, token, called }
    }

    pub(crate) fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("http://{}{path}", self.address));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    pub(crate) async fn patch(&self, path: &str, etag: &str, patch: Value) -> Answer {
        let request = self.request(Method::PATCH, path).header(IF_MATCH, etag);
        self.send(request.header(CONTENT_TYPE, "application/merge-patch+json").body(patch.to_string())).await
    }

    pub(crate) async fn put(&self, path: &str, etag: &str, body: Value) -> Answer {
        self.send(self.request(Method::PUT, path).header(IF_MATCH, etag).json(&body)).await
    }

    pub(crate) async fn delete(&self, path: &str, etag: &str) -> Answer {
        self.send(self.request(Method::DELETE, path).header(IF_MATCH, etag)).await
    }

    /// Sends a request, and holds the answer against the contract.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        let request = request.build().expect("a request");
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let response = self.http.execute(request).await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.expect("a body");
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let answer = Answer { status, headers, body };
        if let Some(operation) = Contract::get().check(&method, &path, &answer, &text) {
            self.called.lock().expect("the record of calls").insert(operation);
        }
        answer
    }

    /// Creates a project; returns its id and entity tag.
    pub(crate) async fn create(&self, content: Value) -> (String, String) {
        let created = self.post("/v1/projects", content).await.expect(201);
        (created.id(), created.etag())
    }

    /// Creates and publishes a project; returns its id and entity tag.
    pub(crate) async fn publish_new(&self, content: Value, audience: &str) -> (String, String) {
        let (id, etag) = self.create(content).await;
        let published = self.publish(&id, &etag, audience).await.expect(201);
        (id, published.etag())
    }

    pub(crate) async fn publish(&self, id: &str, etag: &str, audience: &str) -> Answer {
        self.put(&format!("/v1/projects/{id}/publication"), etag, serde_json::json!({ "audience": audience }))
            .await
    }

    /// Publishes a new version for everybody, with some members changed; returns the new entity tag.
    pub(crate) async fn revise(&self, id: &str, etag: &str, patch: Value) -> String {
        let patched = self.patch(&format!("/v1/projects/{id}"), etag, patch).await.expect(200);
        self.publish(id, &patched.etag(), "public").await.expect(200).etag()
    }

    /// Imitates a publication as it is; returns the new project's id and entity tag.
    pub(crate) async fn imitate(&self, parent: &str) -> (String, String) {
        let body =
            serde_json::json!({ "mode": "adapted", "intent": "will_do", "reason": "Vi har samme behov" });
        let created = self.post(&format!("/v1/publications/{parent}/imitations"), body).await.expect(201);
        (created.id(), created.etag())
    }

    /// Imitates a publication, under a title of its own, and publishes that; returns its id.
    pub(crate) async fn spread(&self, parent: &str, title: &str, audience: &str) -> String {
        let (id, etag) = self.imitate(parent).await;
        let own = serde_json::json!({ "title": title, "contact": { "unit": "Helse", "email": "helse@kommune.example" } });
        let etag = self.patch(&format!("/v1/projects/{id}"), &etag, own).await.expect(200).etag();
        self.publish(&id, &etag, audience).await.expect(201);
        id
    }

    /// Ids of the hits of a search.
    pub(crate) async fn found(&self, query: &str) -> Vec<String> {
        let answer = self.get(&format!("/v1/publications?{query}")).await.expect(200);
        answer.body["items"]
            .as_array()
            .expect("items")
            .iter()
            .map(|hit| hit["id"].as_str().expect("an id").to_owned())
            .collect()
    }
}

impl Answer {
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{:#}", self.body);
        self
    }

    /// A refusal with this status and code.
    pub(crate) fn refused(self, status: u16, code: &str) -> Self {
        let answer = self.expect(status);
        assert_eq!(answer.body["code"], code, "{:#}", answer.body);
        answer
    }

    pub(crate) fn header(&self, name: impl reqwest::header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    pub(crate) fn etag(&self) -> String {
        self.header(ETAG).to_owned()
    }

    pub(crate) fn id(&self) -> String {
        self.body["id"].as_str().expect("an id").to_owned()
    }

    /// The members or parameters that a refusal names.
    pub(crate) fn pointers(&self) -> Vec<&str> {
        let faults = self.body["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        faults.iter().map(|fault| fault["pointer"].as_str().expect("a pointer")).collect()
    }
}
