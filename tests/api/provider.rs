//! Tokens of a provider of `OpenID` that is not ours (`tests/provider`): what it signs well is accepted, and nothing else.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};

use crate::support::{FREDRIKSTAD, TestApp, idea};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/tools/provider");
const AUDIENCE: &str = "https://glomma.example";

struct Provider {
    url: String,
    child: Child,
}

impl Provider {
    async fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let command = Command::new("node")
            .args(["provider.mjs", &port.to_string()])
            .current_dir(FOLDER)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let provider = Self {
            url: format!("http://127.0.0.1:{port}"),
            child: command.expect("scripts/ensure-provider installs it"),
        };
        for _ in 0..200 {
            if reqwest::get(format!("{}/jwks", provider.url)).await.is_ok() {
                return provider;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the provider does not start: scripts/ensure-provider installs it");
    }

    async fn token(&self, client: &str, scope: &str, audience: &str) -> String {
        let form = [("grant_type", "client_credentials"), ("scope", scope), ("resource", audience)];
        let request =
            reqwest::Client::new().post(format!("{}/token", self.url)).basic_auth(client, Some("secret"));
        let answer: Value =
            serde_json::from_str(&request.form(&form).send().await.unwrap().text().await.unwrap()).unwrap();
        answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_a_provider_by_others_are_judged_by_what_it_publishes() {
    let provider = Provider::start().await;
    let issuers = json!([{
        "issuer": provider.url, "audience": [AUDIENCE], "algorithms": ["ES256"],
        "keys": { "metadata": format!("{}/.well-known/openid-configuration", provider.url) },
        "preset": { "generic": { "municipalities": [FREDRIKSTAD], "municipality": "/municipality", "roles": "/roles", "scopes": "/scope" } }
    }]);
    let app = TestApp::trusting(&issuers).await;
    let all = "projects:read projects:write";
    let writer = provider.token("writer", all, AUDIENCE).await;
    let caller = app.bearing(Some(writer.clone()));
    caller.get("/v1/projects").await.expect(200);
    caller.post("/v1/projects", idea("Fra en annen utsteder")).await.expect(201);
    let narrowed = app.bearing(Some(provider.token("writer", "projects:read", AUDIENCE).await));
    narrowed.get("/v1/projects").await.expect(200);
    narrowed.post("/v1/projects", idea("For mye")).await.refused(403, "insufficient-scope");
    let reader = app.bearing(Some(provider.token("reader", all, AUDIENCE).await));
    reader.post("/v1/projects", idea("For mye")).await.refused(403, "insufficient-scope");
    let (head, signature) = writer.rsplit_once('.').unwrap();
    let brief = provider.token("brief", all, AUDIENCE).await;
    for (token, status, code) in [
        (provider.token("writer", all, "https://other.example").await, 401, "invalid-token"),
        (provider.token("writer", all, &format!("{AUDIENCE}/rs256")).await, 401, "invalid-token"),
        (provider.token("stranger", all, AUDIENCE).await, 403, "unknown-municipality"),
        (provider.token("nobody", all, AUDIENCE).await, 403, "unknown-municipality"),
        (format!("{head}.{}", signature.chars().rev().collect::<String>()), 401, "invalid-token"),
        (head.to_owned(), 401, "invalid-token"),
    ] {
        app.bearing(Some(token)).get("/v1/projects").await.refused(status, code);
    }
    // Ten seconds are allowed for clocks that differ.
    tokio::time::sleep(Duration::from_secs(12)).await;
    app.bearing(Some(brief)).get("/v1/projects").await.refused(401, "invalid-token");
    drop(provider);
    caller.get("/v1/projects").await.expect(200);
}
