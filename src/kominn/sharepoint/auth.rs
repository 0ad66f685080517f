//! Showing who we are.

use std::path::Path;

use anyhow::{Context, ensure};
use aws_lc_rs::digest::{SHA256, digest};
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{EncodingKey, Header, encode};
use reqwest::{StatusCode, Url, header};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::{dialect::Dialect, failure::Failure, pace::wait};
use crate::{
    kominn::config::Auth,
    platform::{clock::Clock, http},
};

/// A token or a digest is renewed this long before it ends, or when a quarter of a short life is left.
const EARLY: TimeDelta = TimeDelta::minutes(2);
/// How long one waits when the authority asks to wait and does not say how long.
const UNTOLD: TimeDelta = TimeDelta::seconds(5);
/// How long a token lives that does not say so.
const UNSAID: i64 = 300;
/// How long a client assertion is valid.
const ASSERTION: TimeDelta = TimeDelta::minutes(5);
/// The longest answer to a request for a token, in bytes.
const LONGEST: usize = 256 * 1024;

/// Credentials, and what was got for them.
pub(super) struct Credentials {
    auth: Auth,
    site: Url,
    token: Mutex<Option<Held>>,
    digest: Mutex<Option<Held>>,
}

struct Held {
    value: SecretString,
    until: DateTime<Utc>,
}

impl Held {
    fn new(value: String, seconds: i64) -> Self {
        let life = TimeDelta::seconds(seconds.clamp(0, 86_400));
        Self { value: value.into(), until: Clock.now() + life - EARLY.min(life / 4) }
    }
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    /// Seconds; older authorities write them as a text.
    #[serde(default)]
    expires_in: serde_json::Value,
}

impl Credentials {
    pub(super) fn new(auth: Auth, site: Url) -> Self {
        Self { auth, site, token: Mutex::new(None), digest: Mutex::new(None) }
    }

    /// Whether an answer may mean that what we showed is too old: a digest is refused as forbidden.
    pub(super) fn are_refused_by(&self, status: StatusCode) -> bool {
        let digest = matches!(self.auth, Auth::Digest { .. }) && status == StatusCode::FORBIDDEN;
        status == StatusCode::UNAUTHORIZED || digest
    }

    pub(super) async fn forget(&self) {
        self.token.lock().await.take();
        self.digest.lock().await.take();
    }

    /// Gets what is to be shown, unless it is at hand.
    pub(super) async fn warm(&self, client: &reqwest::Client) -> Result<(), Asked> {
        match &self.auth {
            Auth::None | Auth::Bearer { .. } => Ok(()),
            Auth::Entra { .. } => fill(&self.token, async || self.ask_for_token(client).await).await,
            Auth::Digest { .. } => fill(&self.digest, async || self.ask_for_digest(client).await).await,
        }
    }

    /// What a request shows; a digest too when it writes on-premises.
    pub(super) async fn sign(
        &self,
        request: reqwest::RequestBuilder,
        writes: bool,
    ) -> Result<reqwest::RequestBuilder, Failure> {
        let none = || Failure::Again("nothing is at hand to show who we are".to_owned());
        match &self.auth {
            Auth::None => Ok(request),
            Auth::Bearer { token_file } => Ok(request.bearer_auth(secret(token_file)?.expose_secret())),
            Auth::Entra { .. } => {
                let held = self.token.lock().await;
                Ok(request.bearer_auth(held.as_ref().ok_or_else(none)?.value.expose_secret()))
            }
            Auth::Digest { .. } => {
                let request = self.named(request)?;
                if !writes {
                    return Ok(request);
                }
                let held = self.digest.lock().await;
                Ok(request.header("X-RequestDigest", held.as_ref().ok_or_else(none)?.value.expose_secret()))
            }
        }
    }

    /// As the service account, or by the cookies of a session, if there is one.
    fn named(&self, mut request: reqwest::RequestBuilder) -> Result<reqwest::RequestBuilder, Failure> {
        let Auth::Digest { username, password_file, cookie_file } = &self.auth else { return Ok(request) };
        if let Some(file) = cookie_file {
            request = request.header(header::COOKIE, secret(file)?.expose_secret());
        }
        let Some(username) = username else { return Ok(request) };
        let password = password_file.as_deref().map(secret).transpose()?;
        let password = password.as_ref().map(|password| password.expose_secret().to_owned());
        Ok(request.basic_auth(username, password))
    }

    async fn ask_for_token(&self, client: &reqwest::Client) -> Result<Held, Asked> {
        let (url, form) = self.assertion().map_err(|cause| Asked::Failed(Failure::set_up(&cause)))?;
        let request = client.post(&url).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer: TokenAnswer = ask(request.body(form)).await?;
        let told = answer.expires_in.as_str().and_then(|seconds| seconds.parse().ok());
        let seconds = answer.expires_in.as_i64().or(told);
        Ok(Held::new(answer.access_token, seconds.unwrap_or(UNSAID)))
    }

    /// Where a token is asked for, and by what: an assertion that the certificate's key signed (RFC 7523 §2.2).
    fn assertion(&self) -> anyhow::Result<(String, String)> {
        let Auth::Entra { tenant, client_id, certificate_file, key_file, authority, algorithm, scope } =
            &self.auth
        else {
            anyhow::bail!("only Entra ID gives tokens");
        };
        let url = format!("{}/{tenant}/oauth2/v2.0/token", authority.trim_end_matches('/'));
        let now = Clock.now();
        let claims = json!({
            "aud": url, "iss": client_id, "sub": client_id, "jti": Uuid::new_v4().to_string(),
            "nbf": now.timestamp(), "exp": (now + ASSERTION).timestamp()
        });
        let read = |path: &Path| std::fs::read(path).with_context(|| format!("reading {}", path.display()));
        let thumbprint = thumbprint(&read(certificate_file)?).context("the certificate")?;
        let header = Header { x5t_s256: Some(thumbprint), ..Header::new((*algorithm).into()) };
        let key = EncodingKey::from_rsa_pem(&read(key_file)?).context("the key of the certificate")?;
        let of_site = || format!("{}/.default", self.site.origin().ascii_serialization());
        let scope = scope.clone().unwrap_or_else(of_site);
        let form = serde_html_form::to_string([
            ("client_id", client_id.as_str()),
            ("scope", &scope),
            ("grant_type", "client_credentials"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", &encode(&header, &claims, &key)?),
        ])?;
        Ok((url, form))
    }

    async fn ask_for_digest(&self, client: &reqwest::Client) -> Result<Held, Asked> {
        let url = format!("{}/_api/contextinfo", self.site.as_str().trim_end_matches('/'));
        let request = client.post(url).header(header::ACCEPT, Dialect::Verbose.media_type());
        let request = request.header(header::CONTENT_LENGTH, "0").body("");
        let answer: serde_json::Value = ask(self.named(request).map_err(Asked::Failed)?).await?;
        let answer = Dialect::open(answer);
        let answer = answer.get("GetContextWebInformation").unwrap_or(&answer);
        let value = answer.get("FormDigestValue").and_then(serde_json::Value::as_str);
        let value =
            value.ok_or_else(|| Asked::Failed(Failure::Stop("it gives no request digest".to_owned())))?;
        let seconds =
            answer.get("FormDigestTimeoutSeconds").and_then(serde_json::Value::as_i64).unwrap_or(1800);
        Ok(Held::new(value.to_owned(), seconds))
    }
}

/// Why nothing was got.
pub(super) enum Asked {
    /// It asks us to wait.
    Wait(TimeDelta),
    Failed(Failure),
}

async fn fill(
    held: &Mutex<Option<Held>>,
    ask: impl AsyncFnOnce() -> Result<Held, Asked>,
) -> Result<(), Asked> {
    let mut held = held.lock().await;
    if held.as_ref().is_none_or(|held| held.until <= Clock.now()) {
        *held = Some(ask().await?);
    }
    Ok(())
}

async fn ask<T: DeserializeOwned>(request: reqwest::RequestBuilder) -> Result<T, Asked> {
    let again = |cause: anyhow::Error| Asked::Failed(Failure::Again(format!("asking who we are: {cause:#}")));
    let response = request.send().await.map_err(|cause| again(cause.without_url().into()))?;
    if let Some(wait) = wait(&response) {
        return Err(Asked::Wait(wait));
    }
    let status = response.status();
    let body = http::limited(response, LONGEST).await.map_err(again)?;
    if status == StatusCode::TOO_MANY_REQUESTS {
        return Err(Asked::Wait(UNTOLD));
    }
    if status.is_server_error() {
        return Err(again(anyhow::anyhow!("{status}")));
    }
    if !status.is_success() {
        let why = format!("it does not know us: {}", Failure::of(status.as_u16(), &body));
        return Err(Asked::Failed(Failure::Stop(why)));
    }
    serde_json::from_slice(&body).map_err(|_cause| again(anyhow::anyhow!("no JSON")))
}

/// A file that holds a secret and nothing else.
pub(in crate::kominn) fn secret(path: &Path) -> Result<SecretString, Failure> {
    let text = std::fs::read_to_string(path);
    let text = text.with_context(|| format!("reading {}", path.display()));
    let text = text.map_err(|cause| Failure::set_up(&cause))?;
    Ok(SecretString::from(text.trim().to_owned()))
}

/// `x5t#S256` (RFC 7515 §4.1.8): SHA-256 of the certificate, in base64url.
fn thumbprint(pem: &[u8]) -> anyhow::Result<String> {
    let pem = std::str::from_utf8(pem)?;
    let (_, rest) = pem.split_once("-----BEGIN CERTIFICATE-----").context("is no PEM")?;
    let (body, _) = rest.split_once("-----END CERTIFICATE-----").context("is no PEM")?;
    let body: String = body.split_whitespace().collect();
    let der = BASE64_STANDARD.decode(body)?;
    ensure!(!der.is_empty(), "is empty");
    Ok(BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, &der)))
}
