//! The client for outgoing calls: only to addresses from the configuration, never following a redirect.

use std::time::Duration;

use anyhow::{Context, ensure};

/// A client with time limits and our name.
///
/// # Errors
/// When the machine's certificates cannot be read.
pub fn client() -> anyhow::Result<reqwest::Client> {
    client_as(concat!("glomma/", env!("CARGO_PKG_VERSION")))
}

/// As [`client`], under another name.
///
/// # Errors
/// As [`client`].
#[expect(clippy::disallowed_methods, reason = "this is platform::http::client")]
pub fn client_as(agent: &str) -> anyhow::Result<reqwest::Client> {
    reqwest::Client::builder()
        .user_agent(agent)
        .connect_timeout(Duration::from_secs(5))
        .timeout(Duration::from_secs(20))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .context("building the HTTP client")
}

/// An answer that is longer than we read.
#[derive(Debug, thiserror::Error)]
#[error("the answer is longer than {0} bytes")]
pub struct TooLong(usize);

/// The body of a response, refused when it is longer than `limit` bytes.
///
/// # Errors
/// When it is too long, or the connection breaks.
pub async fn limited(mut response: reqwest::Response, limit: usize) -> anyhow::Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        ensure!(body.len() + chunk.len() <= limit, TooLong(limit));
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Whether an address is on this machine, where plain http is no risk.
pub fn is_loopback(url: &str) -> bool {
    host(url).is_some_and(|host| matches!(host.as_str(), "127.0.0.1" | "localhost" | "[::1]"))
}

/// The host of an address, without its port.
pub fn host(url: &str) -> Option<String> {
    reqwest::Url::parse(url).ok().and_then(|url| url.host_str().map(ToOwned::to_owned))
}
