//! JSON bodies.

use std::{marker::PhantomData, pin::Pin};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::header, web::BytesMut};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{fault, pointer_path};
use crate::platform::{
    error::{Code, Error, Fault, Result},
    idempotency::{self, BodyDigest},
};

/// The largest body that is read, in bytes. A project with every field full is half of it.
pub const BODY_LIMIT: usize = 256 * 1024;

/// Pulls one thing out of a request; boxed because reading a body is asynchronous.
pub(super) type Extracting<T> = Pin<Box<dyn Future<Output = Result<T>>>>;

/// A JSON body (`application/json`) that is not held against `T` yet.
///
/// What it is about is found first: an unknown id is 404 before anything in the body is wrong.
pub struct Body<T>(Value, PhantomData<T>);

impl<T: DeserializeOwned> Body<T> {
    /// The body, if it keeps to the rules of `T`.
    pub fn check(self) -> Result<T> {
        from_value(self.0)
    }
}

impl<T: 'static> FromRequest for Body<T> {
    type Error = Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let value = json_body(&request, payload, "application/json").await?;
            if request.headers().contains_key(idempotency::HEADER) {
                request.extensions_mut().insert(BodyDigest::of(&value));
            }
            Ok(Self(value, PhantomData))
        })
    }
}

pub(super) async fn json_body(request: &HttpRequest, payload: Payload, media_type: &str) -> Result<Value> {
    if !request.content_type().trim().eq_ignore_ascii_case(media_type) {
        return Err(Error::new(Code::UnsupportedMediaType, format!("Send the body as {media_type}.")));
    }
    let bytes = read(request, payload, BODY_LIMIT).await?;
    serde_json::from_slice(&bytes)
        .map_err(|cause| Error::new(Code::MalformedBody, format!("Not JSON: {cause}.")))
}

/// A body of at most `limit` bytes.
pub(super) async fn read(request: &HttpRequest, mut payload: Payload, limit: usize) -> Result<BytesMut> {
    let too_large = || Error::new(Code::TooLarge, format!("At most {limit} bytes are read."));
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if announced.and_then(|length| length.parse::<usize>().ok()).is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk =
            chunk.map_err(|cause| Error::new(Code::MalformedRequest, format!("Not read: {cause}.")))?;
        if body.len() + chunk.len() > limit {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Holds a body against `T`, strictly: a member that `T` does not know is refused, at any depth. What is stored is
/// read without this, so that an older node can read what a newer one wrote.
pub(crate) fn from_value<T: DeserializeOwned>(value: Value) -> Result<T> {
    let mut unknown: Option<String> = None;
    let mut track = serde_path_to_error::Track::new();
    let deserializer = serde_path_to_error::Deserializer::new(value, &mut track);
    let body = serde_ignored::deserialize(deserializer, |path| {
        unknown.get_or_insert_with(|| path.to_string());
    });
    let body = body.map_err(|error: serde_json::Error| {
        let path = track.path().to_string();
        invalid_body(fault_at(&path, error.to_string()))
    })?;
    match unknown {
        None => Ok(body),
        Some(path) => {
            let path = path.replace(".?", "");
            let code = "unknown".into();
            Err(invalid_body(Fault { pointer: pointer(&path), code, detail: "is not known here".to_owned() }))
        }
    }
}

fn fault_at(path: &str, detail: String) -> Fault {
    let mut fault = fault(pointer(path), detail);
    if fault.code == "missing" {
        let member = fault.detail.split('`').nth(1).unwrap_or_default();
        fault.pointer = format!("{}/{member}", fault.pointer);
    }
    fault
}

fn pointer(path: &str) -> String {
    if path == "." { "#".to_owned() } else { format!("#/{}", pointer_path(path)) }
}

pub(super) fn invalid_body(fault: Fault) -> Error {
    Error::faults(Code::InvalidBody, "A member of the body breaks its rule.", vec![fault])
}
