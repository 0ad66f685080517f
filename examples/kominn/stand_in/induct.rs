//! The platform of ideas to which a site could send what it had.

use serde_json::{Value, json};

use super::{call::Call, http::Response};

impl Call<'_> {
    /// Takes an idea, if that is what was sent.
    pub(crate) fn idea(&mut self) -> Option<Response> {
        let client = self.request.path.strip_prefix("/v1/")?.strip_suffix("/initiatives/ideas")?;
        if client.is_empty() || client.contains('/') || self.request.method != "POST" {
            return None;
        }
        let idea: Value = serde_json::from_slice(&self.request.body).unwrap_or_default();
        let whole = ["title", "description"].iter().all(|name| idea.get(name).is_some_and(Value::is_string));
        if !whole || !self.request.media("content-type").starts_with("application/json") {
            self.blame("an idea without title, description or the type of JSON");
            return Some(Response::new(400).body("application/json", "{}"));
        }
        if self.state.ideas.iter().any(|known| known.get("title") == idea.get("title")) {
            self.blame("an idea was sent twice");
        }
        self.state.ideas.push(idea);
        let body = json!({"id": (7000 + self.state.ideas.len()).to_string()});
        Some(Response::new(200).body("application/json", body.to_string()))
    }
}
