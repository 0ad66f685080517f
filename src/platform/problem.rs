//! Problem details (RFC 9457): the body of every refusal, the framework's own included.

use std::borrow::Cow;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::platform::{
    error::{Code, Error, Fault},
    language::Language,
};

pub const MEDIA_TYPE: &str = "application/problem+json";

/// Why a request was refused, as RFC 9457 says it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Where the kind of problem is explained; relative to the service.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem, in the language of `Accept-Language`.
    pub title: &'static str,
    /// The HTTP status, once more.
    pub status: u16,
    /// What happened and what to do about it. English; do not parse it.
    pub detail: Cow<'static, str>,
    /// The kind of problem, stable: branch on this.
    pub code: &'static str,
    /// The request's id, as in `X-Request-Id`; name it when you ask for help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// Every member or parameter that broke a rule.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Fault>,
}

/// The answer to a refused request, with the headers that its status asks for.
pub fn response(error: &Error, language: Language, request_id: Option<&str>) -> HttpResponse {
    let code = error.code();
    let mut response = HttpResponse::build(code.status());
    if code.status() == StatusCode::UNAUTHORIZED || code == Code::InsufficientScope {
        response.insert_header((header::WWW_AUTHENTICATE, challenge(error)));
    }
    if let Error::Refused(refusal) = error {
        if let Some(tag) = &refusal.current {
            response.insert_header((header::ETAG, tag.as_str()));
        }
        if let Some(path) = &refusal.successor {
            // RFC 5829 §3.3.
            response.insert_header((header::LINK, format!("<{path}>; rel=\"successor-version\"")));
        }
        if let Some(seconds) = refusal.retry_after.or_else(|| usual_wait(code)) {
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
    }
    if code == Code::UnsupportedMediaType {
        response.insert_header(("Accept-Patch", "application/merge-patch+json"));
    }
    response.content_type(MEDIA_TYPE).json(body(error, language, request_id))
}

/// In seconds, where nobody knows better.
fn usual_wait(code: Code) -> Option<i64> {
    if code == Code::Unavailable { Some(5) } else { (code == Code::InFlight).then_some(1) }
}

fn body(error: &Error, language: Language, request_id: Option<&str>) -> Problem {
    let code = error.code();
    let (detail, errors) = match error {
        Error::Refused(refusal) => (refusal.detail.clone(), refusal.faults.clone()),
        Error::Internal(_) => (Cow::Borrowed("It is logged under the request's id."), Vec::new()),
    };
    Problem {
        kind: format!("/problems/{}", code.code()),
        title: code.title(language),
        status: code.status().as_u16(),
        detail,
        code: code.code(),
        instance: request_id.map(|id| format!("urn:uuid:{id}")),
        errors,
    }
}

/// RFC 6750 §3: no error code when no token was sent.
fn challenge(error: &Error) -> String {
    match error {
        Error::Refused(refusal) if refusal.code == Code::InvalidToken => {
            "Bearer realm=\"glomma\", error=\"invalid_token\"".to_owned()
        }
        Error::Refused(refusal) if refusal.code == Code::InsufficientScope => {
            let scope = refusal.scope.unwrap_or_default();
            format!("Bearer realm=\"glomma\", error=\"insufficient_scope\", scope=\"{scope}\"")
        }
        Error::Refused(_) | Error::Internal(_) => "Bearer realm=\"glomma\"".to_owned(),
    }
}

/// What the framework refused by itself, in our words.
pub fn of_status(status: StatusCode) -> Error {
    let code = match status {
        StatusCode::NOT_FOUND => return Error::new(Code::NotFound, "No resource has this path."),
        StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => Code::TooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::UnsupportedMediaType,
        StatusCode::REQUEST_TIMEOUT => Code::Timeout,
        StatusCode::SERVICE_UNAVAILABLE => Code::Unavailable,
        status if status.is_client_error() => Code::MalformedRequest,
        _ => Code::Internal,
    };
    Error::new(code, code.title(Language::En))
}
