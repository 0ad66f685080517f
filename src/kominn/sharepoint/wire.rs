//! Requests and answers: paced, signed, bounded, and tried again where that can do no harm.

use std::time::Duration;

use reqwest::{Method, Response, StatusCode, Url, header};
use serde_json::Value;

use super::{
    auth::{Asked, Credentials},
    dialect::Dialect,
    failure::Failure,
    pace::Pace,
};
use crate::{
    kominn::config::Target,
    platform::{
        clock::Clock,
        http::{self, TooLong},
    },
};

/// The longest answer that is read, in bytes after decompression: 5 000 items of a list are a tenth of it.
const LONGEST: usize = 16 * 1024 * 1024;
/// How often a request that may be repeated is tried.
const TRIES: u32 = 6;
/// How often in a row a site may ask us to wait.
const WAITS: usize = 20;

/// A request as it is sent, maybe several times.
#[derive(Clone)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) accept: Dialect,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
    pub(super) content_type: &'static str,
}

pub(super) struct Answer {
    pub(super) etag: Option<String>,
    pub(super) body: Value,
}

pub(super) struct Wire {
    client: reqwest::Client,
    credentials: Credentials,
    pace: Pace,
    target: Target,
}

impl Wire {
    pub(super) fn new(target: &Target, site: Url, pace: Pace) -> anyhow::Result<Self> {
        let agent = format!("NONISV|{}|Glomma/{}", target.company, env!("CARGO_PKG_VERSION"));
        Ok(Self {
            target: target.clone(),
            client: http::client_as(&agent)?,
            credentials: Credentials::new(target.auth.clone(), site),
            pace,
        })
    }

    /// Sends what may be sent twice: it reads, or doing it again changes nothing.
    pub(super) async fn repeat(&self, request: &Request) -> Result<Answer, Failure> {
        for times in 1..TRIES {
            match self.once(request).await {
                Err(Failure::Again(_) | Failure::Lost(_)) => {}
                answered => return answered,
            }
            tokio::time::sleep(self.target.pause(times - 1)).await;
        }
        self.once(request).await
    }

    /// Sends it until it was looked at: what a site refused before that, it has not done.
    pub(super) async fn once(&self, request: &Request) -> Result<Answer, Failure> {
        let mut expired = false;
        for _ in 0..WAITS {
            self.ready().await?;
            match self.attempt(request).await {
                Err(Failure::Busy) => {}
                Err(Failure::Expired) if !expired => expired = true,
                Err(failure @ Failure::Expired) => return Err(Failure::Stop(failure.to_string())),
                answered => return answered,
            }
        }
        // Enough for this run.
        Err(Failure::Throttled(Clock.now()))
    }

    /// Waits until the site may be asked, and until we can show who we are: then nothing lies between a request and its sending.
    pub(super) async fn ready(&self) -> Result<(), Failure> {
        for _ in 0..WAITS {
            self.pace.wait().await?;
            match self.credentials.warm(&self.client).await {
                Err(Asked::Wait(wait)) => self.pace.block(wait).await?,
                Err(Asked::Failed(failure)) => return Err(failure),
                Ok(()) => return Ok(()),
            }
        }
        // Enough for this run.
        Err(Failure::Throttled(Clock.now()))
    }

    /// Sends it as it stands, and never again.
    pub(super) async fn attempt(&self, request: &Request) -> Result<Answer, Failure> {
        let response = self.send(request).await?;
        if self.credentials.are_refused_by(response.status()) {
            self.credentials.forget().await;
            return Err(Failure::Expired);
        }
        let Some(wait) = self.pace.asked(&response) else { return read(response, &request.method).await };
        self.pace.block(wait).await?;
        // Somebody on the way may say this of what was passed on: only 429 says for sure that nothing was done.
        let sure = response.status() == StatusCode::TOO_MANY_REQUESTS || request.method == Method::GET;
        Err(if sure { Failure::Busy } else { Failure::Lost(format!("{}", response.status())) })
    }

    async fn send(&self, request: &Request) -> Result<Response, Failure> {
        let Request { method, url, accept, headers, body, content_type } = request.clone();
        let writes = method != Method::GET;
        let timeout = Duration::from_secs(self.target.timeout_seconds.into());
        let mut sent = self.client.request(method, url).timeout(timeout);
        sent = sent.header(header::ACCEPT, accept.media_type());
        for (name, value) in headers {
            sent = sent.header(name, value);
        }
        if writes {
            sent = sent.header(header::CONTENT_TYPE, content_type).body(body);
        }
        let sent = self.credentials.sign(sent, writes).await?;
        sent.send().await.map_err(|cause| {
            // Without a connection nothing was sent.
            let unsent = cause.is_connect();
            let why = format!("{:#}", anyhow::Error::from(cause.without_url()));
            if unsent { Failure::Again(why) } else { Failure::Lost(why) }
        })
    }
}

async fn read(response: Response, method: &Method) -> Result<Answer, Failure> {
    let status = response.status();
    let etag = response.headers().get(header::ETAG).and_then(|value| value.to_str().ok());
    // Whoever packs an answer on its way makes the tag a weak one, by which nothing can be changed.
    let etag = etag.map(|etag| etag.strip_prefix("W/").unwrap_or(etag).to_owned());
    let body = http::limited(response, LONGEST).await;
    if !status.is_success() {
        return Err(Failure::of(status.as_u16(), &body.unwrap_or_default()));
    }
    // A success that cannot be read to its end may be one all the same.
    let body = body.map_err(|cause| {
        let why = format!("its answer cannot be read: {cause:#}");
        if *method == Method::GET && cause.is::<TooLong>() { Failure::Stop(why) } else { Failure::Lost(why) }
    })?;
    if body.is_empty() {
        return Ok(Answer { etag, body: Value::Null });
    }
    let unreadable = |_cause| Failure::Lost("it answers something else than JSON".to_owned());
    Ok(Answer { etag, body: serde_json::from_slice(&body).map_err(unreadable)? })
}
