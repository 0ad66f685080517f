//! JSON bodies.

use std::pin::Pin;

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::header, web::BytesMut};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{fault, pointer_path};
use crate::platform::error::{Code, Error, Fault, Result};

/// The largest body that is read, in bytes. A project with every field full is half of it.
pub const BODY_LIMIT: usize = 256 * 1024;

/// Pulls one thing out of a request; boxed because reading a body is asynchronous.
pub(super) type Extracting<T> = Pin<Box<dyn Future<Output = Result<T>>>>;

/// A JSON body (`application/json`) of type `T`.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let value = json_body(&request, payload, "application/json").await?;
            from_value(value).map(Json)
        })
    }
}

pub(super) async fn json_body(request: &HttpRequest, payload: Payload, media_type: &str) -> Result<Value> {
    if !request.content_type().trim().eq_ignore_ascii_case(media_type) {
        return Err(Error::new(Code::UnsupportedMediaType, format!("Send the body as {media_type}.")));
    }
    let bytes = read(request, payload).await?;
    serde_json::from_slice(&bytes)
        .map_err(|cause| Error::new(Code::MalformedBody, format!("Not JSON: {cause}.")))
}

async fn read(request: &HttpRequest, mut payload: Payload) -> Result<BytesMut> {
    let too_large = || Error::new(Code::TooLarge, format!("At most {BODY_LIMIT} bytes are read."));
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if announced.and_then(|length| length.parse::<usize>().ok()).is_some_and(|length| length > BODY_LIMIT) {
        return Err(too_large());
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk =
            chunk.map_err(|cause| Error::new(Code::MalformedRequest, format!("Not read: {cause}.")))?;
        if body.len() + chunk.len() > BODY_LIMIT {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

pub(super) fn from_value<T: DeserializeOwned>(value: Value) -> Result<T> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let pointer = if path == "." { "#".to_owned() } else { format!("#/{}", pointer_path(&path)) };
        invalid_body(fault(pointer, error.inner().to_string()))
    })
}

pub(super) fn invalid_body(fault: Fault) -> Error {
    Error::faults(Code::InvalidBody, "A member of the body breaks its rule.", vec![fault])
}
