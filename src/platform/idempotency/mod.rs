//! `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a request that is sent again is answered as it was, and
//! done once. The answer is kept in the transaction of the request, so that there is never one without the other.

mod canonical;
mod clearing;
mod store;

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    body::{BoxBody, MessageBody},
    http::{Method, StatusCode, header},
    web::Bytes,
};
use aws_lc_rs::digest::{Context, SHA256, digest};
use chrono::{DateTime, Utc};

use self::store::Kept;
pub(crate) use self::{canonical::BodyDigest, clearing::clear_hourly};
use crate::platform::{
    auth::Identity,
    db::{Scope, Tx},
    error::{Code, Error, Fault, Result},
};

pub(crate) const HEADER: &str = "Idempotency-Key";
const LONGEST: usize = 255;

/// A request that carries a key.
pub(crate) struct Attempt {
    holder: String,
    client: String,
    route: String,
    key_hash: Vec<u8>,
    request_hash: Vec<u8>,
}

impl Attempt {
    /// Of a POST with a key; every other method is idempotent by itself.
    pub(crate) fn of(request: &HttpRequest, identity: &Identity) -> Result<Option<Self>> {
        let Some(key) = request.headers().get(HEADER).filter(|_| request.method() == Method::POST) else {
            return Ok(None);
        };
        let key = key.to_str().ok().and_then(parse).ok_or_else(malformed)?;
        let body = request.extensions().get::<BodyDigest>().map(|digest| digest.0.clone());
        let mut hash = Context::new(&SHA256);
        for part in [request.path().as_bytes(), b"?", request.query_string().as_bytes(), b"\n"] {
            hash.update(part);
        }
        hash.update(&body.unwrap_or_default());
        Ok(Some(Self {
            holder: identity.holder.to_string(),
            client: identity.actor.caller().to_owned(),
            route: request.match_pattern().unwrap_or_default(),
            key_hash: digest(&SHA256, key.as_bytes()).as_ref().to_vec(),
            request_hash: hash.finish().as_ref().to_vec(),
        }))
    }

    /// The answer that was given before, if there is one. Until this transaction ends nobody else is at the same.
    pub(crate) async fn before<S: Scope>(&self, tx: &Tx<'_, S>) -> Result<Option<HttpResponse>> {
        if !store::claim(tx, self).await? {
            return Err(Error::new(
                Code::InFlight,
                "The same request is being answered. Ask again in a moment.",
            ));
        }
        let Some(kept) = store::find(tx, self).await? else { return Ok(None) };
        if kept.request_hash != self.request_hash {
            return Err(Error::new(Code::KeyReused, "This Idempotency-Key belongs to another request."));
        }
        Ok(Some(kept.replay()))
    }

    /// Keeps an answer for whoever asks again.
    pub(crate) async fn keep<S: Scope>(
        self,
        tx: &Tx<'_, S>,
        response: HttpResponse,
        now: DateTime<Utc>,
    ) -> Result<HttpResponse> {
        let (response, body) = response.into_parts();
        let body = body.try_into_bytes().map_err(|_body| anyhow::anyhow!("an answer that is a stream"))?;
        let text =
            |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
        let kept = Kept {
            request_hash: self.request_hash.clone(),
            status: i16::try_from(response.status().as_u16()).map_err(anyhow::Error::from)?,
            location: text(header::LOCATION),
            etag: text(header::ETAG),
            body: body.to_vec(),
        };
        store::keep(tx, &self, &kept, now).await?;
        Ok(response.set_body(BoxBody::new(body)))
    }
}

impl Kept {
    fn replay(self) -> HttpResponse {
        let status = u16::try_from(self.status).ok().and_then(|status| StatusCode::from_u16(status).ok());
        let mut response = HttpResponse::build(status.unwrap_or(StatusCode::OK));
        response.insert_header(("Idempotency-Replayed", "true"));
        if let Some(location) = self.location {
            response.insert_header((header::LOCATION, location));
        }
        if let Some(etag) = self.etag {
            response.insert_header((header::ETAG, etag));
        }
        response.content_type("application/json").body(Bytes::from(self.body))
    }
}

/// A string of RFC 8941, or the same without its quotes.
fn parse(header: &str) -> Option<&str> {
    let header = header.trim();
    let key = header.strip_prefix('"').and_then(|key| key.strip_suffix('"')).unwrap_or(header);
    let plain = key.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\');
    (plain && (1..=LONGEST).contains(&key.len())).then_some(key)
}

fn malformed() -> Error {
    let detail = format!("must be a string of 1 to {LONGEST} printable ASCII characters, in quotes");
    Error::faults(Code::MalformedRequest, "A header breaks its rule.", vec![Fault::invalid(HEADER, detail)])
}
