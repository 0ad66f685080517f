//! Bodies that are no JSON.

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, web::BytesMut};
use serde_json::json;

use super::json::{Extracting, read};
use crate::platform::{
    error::Error,
    fingerprint::fingerprint,
    idempotency::{self, BodyDigest},
};

/// The largest picture that is read, in bytes: what KOMINN's own form takes.
const LIMIT: usize = 1_500_000;

/// The body as it is.
pub struct Bytes(pub BytesMut);

impl FromRequest for Bytes {
    type Error = Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let bytes = read(&request, payload, LIMIT).await?;
            if request.headers().contains_key(idempotency::HEADER) {
                request.extensions_mut().insert(BodyDigest::of(&json!(fingerprint(&bytes))));
            }
            Ok(Self(bytes))
        })
    }
}
