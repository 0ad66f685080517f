//! Strict reading of requests: what is unknown or wrong is refused by name, never ignored.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::header, web::BytesMut};
use futures_util::StreamExt;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::platform::error::{Code, Error, Fault, Result};

/// The largest body that is read, in bytes. A project with every field full is half of it.
pub const BODY_LIMIT: usize = 256 * 1024;

/// Pulls one thing out of a request; boxed because reading a body is asynchronous.
type Extracting<T> = Pin<Box<dyn Future<Output = Result<T>>>>;

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

/// A merge patch (RFC 7396, `application/merge-patch+json`): `null` removes a member, an absent one stays.
pub struct MergePatch(Map<String, Value>);

impl MergePatch {
    /// `current` with the patch applied, checked as strictly as a whole body would be.
    pub fn apply<T: serde::Serialize + DeserializeOwned>(self, current: &T) -> Result<T> {
        let mut merged = serde_json::to_value(current).map_err(anyhow::Error::from)?;
        merge(&mut merged, Value::Object(self.0));
        from_value(merged)
    }
}

fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            target.remove(&name);
        } else {
            merge(target.entry(name).or_insert(Value::Null), value);
        }
    }
}

impl FromRequest for MergePatch {
    type Error = Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let patch = json_body(&request, payload, "application/merge-patch+json").await?;
            let Value::Object(members) = patch else {
                return Err(invalid_body(Fault::invalid("#", "must be an object")));
            };
            Ok(Self(members))
        })
    }
}

async fn json_body(request: &HttpRequest, payload: Payload, media_type: &str) -> Result<Value> {
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

fn from_value<T: DeserializeOwned>(value: Value) -> Result<T> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let pointer = if path == "." { "#".to_owned() } else { format!("#/{}", pointer_path(&path)) };
        invalid_body(fault(pointer, error.inner().to_string()))
    })
}

fn invalid_body(fault: Fault) -> Error {
    Error::faults(Code::InvalidBody, "A member of the body breaks its rule.", vec![fault])
}

/// `links[1].url` as the JSON Pointer `links/1/url` (RFC 6901).
fn pointer_path(path: &str) -> String {
    path.replace('[', ".")
        .replace(']', "")
        .split('.')
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("/")
}

/// Serde says the rule; its two standing phrases get a code of their own.
fn fault(pointer: String, detail: String) -> Fault {
    let code = match detail.split('`').next() {
        Some("unknown field ") => "unknown",
        Some("missing field ") => "missing",
        _ => "invalid",
    };
    Fault { pointer, code: code.into(), detail }
}

/// The query parameters, all of them known to `T`.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(parse_query(request.query_string()).map(Self))
    }
}

/// Reads a query string: blank is absent, a repeated parameter is a list, an unknown one an error.
pub fn parse_query<T: DeserializeOwned>(query: &str) -> Result<T> {
    let form = serde_html_form::Deserializer::from_bytes(query.as_bytes());
    serde_path_to_error::deserialize(form).map_err(|error| {
        let detail = error.inner().to_string();
        let path = error.path().to_string();
        let named = detail.split('`').nth(1).filter(|_| path == ".").map(ToOwned::to_owned);
        let fault = fault(named.unwrap_or_else(|| pointer_path(&path)), detail);
        Error::faults(Code::InvalidParameter, "A query parameter breaks its rule.", vec![fault])
    })
}

/// For operations that take no parameter: any is refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoParameters {}

/// The revision that `If-Match` names (RFC 9110 §13.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    Any,
    Tags(Vec<String>),
}

impl IfMatch {
    /// Reads the header. Called inside the transaction, once the thing was found: an unknown id is 404 before it
    /// is 428.
    pub fn of(request: &HttpRequest) -> Result<Self> {
        let header = request.headers().get(header::IF_MATCH).and_then(|value| value.to_str().ok());
        match header.map(str::trim) {
            None | Some("") => Err(Error::new(
                Code::RevisionRequired,
                "Send the ETag of the project that you change in If-Match, so that nobody's work is lost.",
            )),
            Some("*") => Ok(Self::Any),
            Some(tags) => Ok(Self::Tags(tags.split(',').map(|tag| tag.trim().to_owned()).collect())),
        }
    }

    /// Refuses with 412 unless `current` is one of the tags. Weak tags never match: the comparison is strong.
    pub fn check(&self, current: &str) -> Result<()> {
        match self {
            Self::Any => Ok(()),
            Self::Tags(tags) if tags.iter().any(|tag| tag == current) => Ok(()),
            Self::Tags(_) => Err(Error::stale(current.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::merge;

    /// The examples of RFC 7396, appendix A.
    #[test]
    fn a_merge_patch_does_what_the_rfc_says() {
        let examples = [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b"}), json!({"a":null}), json!({})),
            (json!({"a":"b","b":"c"}), json!({"a":null}), json!({"b":"c"})),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"c"}), json!({"a":["b"]}), json!({"a":["b"]})),
            (json!({"a":{"b":"c"}}), json!({"a":{"b":"d","c":null}}), json!({"a":{"b":"d"}})),
            (json!({"a":[{"b":"c"}]}), json!({"a":[1]}), json!({"a":[1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a":"b"}), json!(["c"]), json!(["c"])),
            (json!({"a":"foo"}), Value::Null, Value::Null),
            (json!({"a":"foo"}), json!("bar"), json!("bar")),
            (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
            (json!([1, 2]), json!({"a":"b","c":null}), json!({"a":"b"})),
            (json!({}), json!({"a":{"bb":{"ccc":null}}}), json!({"a":{"bb":{}}})),
        ];
        for (mut target, patch, expected) in examples {
            merge(&mut target, patch);
            assert_eq!(target, expected);
        }
    }
}
