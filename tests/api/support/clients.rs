//! The built-in issuer, as a client uses it.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Answer, Client, TestApp};

impl TestApp {
    /// A caller with the operator of the platform.
    pub(crate) fn operator(&self) -> Client {
        self.bearing(Some(self.operator_token()))
    }

    /// Asks for a token.
    pub(crate) async fn ask_token(&self, form: &[(&str, &str)]) -> Answer {
        let caller = self.anonymous();
        caller.send(caller.request(Method::POST, "/oauth2/token").form(form)).await
    }

    /// A token for a client with a secret.
    pub(crate) async fn token_of(&self, client: &str, secret: &str) -> String {
        let form = [("grant_type", "client_credentials"), ("client_id", client), ("client_secret", secret)];
        let answer = self.ask_token(&form).await.expect(200);
        answer.body["access_token"].as_str().expect("a token").to_owned()
    }

    /// Makes a client for a municipality, by its administrator; returns its id and secret.
    pub(crate) async fn new_client(
        &self,
        administrator: &Client,
        role: &str,
        scopes: Option<&[&str]>,
    ) -> (String, String) {
        let mut body = json!({ "name": "Fagsystem", "role": role });
        if let Some(scopes) = scopes {
            body["scopes"] = json!(scopes);
        }
        let id = administrator.post("/v1/clients", body).await.expect(201).id();
        let made = administrator.put(&format!("/v1/clients/{id}/secret"), "*", Value::Null).await.expect(200);
        (id, made.body["client_secret"].as_str().expect("a secret").to_owned())
    }
}
