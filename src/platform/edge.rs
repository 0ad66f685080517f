//! The outermost layer of the service: every answer gets a request id, standing headers, a measurement, and, if
//! it is a refusal, its problem body in the caller's language.

use std::time::{Duration, Instant};

use actix_web::{
    HttpMessage,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        Method, StatusCode,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
};
use uuid::Uuid;

use crate::platform::{
    admission::Takings,
    error::{Code, Error},
    id::MunicipalityId,
    language::Language,
    limits::Taken,
    problem,
};

/// After this long a request is given up: 503, and its transaction is rolled back.
const PATIENCE: Duration = Duration::from_secs(30);
const VARY: &str = "Authorization, Glomma-Municipality, Accept, Accept-Language, Accept-Encoding";
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request, by which logs and the audit trail know it.
#[derive(Clone, Copy, Debug)]
pub(super) struct RequestId(pub(super) Uuid);

/// Wraps every request. See the module.
///
/// # Errors
/// None of a handler's: those are answers by now. The framework's own, on a broken connection.
pub async fn edge(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let (started, id) = (Instant::now(), Uuid::now_v7());
    // A HEAD is a GET whose body the server does not send.
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    request.extensions_mut().insert(RequestId(id));
    let language = Language::of(request.request());
    let policy = if request.path().starts_with("/docs") { DOCUMENTATION } else { INERT };
    let Ok(response) = tokio::time::timeout(PATIENCE, next.call(request)).await else {
        return Err(give_up(language, id));
    };
    let response = response?;
    let mut response = explain(response.map_into_boxed_body(), id);
    let takings = response.request().extensions().get::<Takings>().cloned();
    set_headers(response.headers_mut(), id, policy);
    if let Some(Takings(takings)) = takings.filter(|Takings(takings)| !takings.is_empty()) {
        show_quotas(response.headers_mut(), &takings);
    }
    record(&response, id, started.elapsed());
    Ok(response)
}

/// Writes the body of a refusal, for the caller it goes to; logs the cause of an internal fault.
fn explain(response: ServiceResponse, id: Uuid) -> ServiceResponse {
    if !(response.status().is_client_error() || response.status().is_server_error()) {
        return response;
    }
    let (request, response) = response.into_parts();
    let language = Language::of(&request);
    let id_text = id.to_string();
    let explained = match response.error().and_then(|error| error.as_error::<Error>()) {
        Some(error) => {
            log_cause(error, id);
            problem::response(error, language, Some(&id_text))
        }
        None if is_ours(response.headers()) => response,
        None => {
            let allow = response.headers().get(header::ALLOW).cloned();
            let mut refused =
                problem::response(&problem::of_status(response.status()), language, Some(&id_text));
            if let Some(allow) = allow {
                refused.headers_mut().insert(header::ALLOW, allow);
            }
            refused
        }
    };
    ServiceResponse::new(request, explained)
}

/// A problem, a state of health, or a refusal of the token endpoint; the framework's own refusals are plain text, or empty.
fn is_ours(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().ends_with(b"json"))
}

fn log_cause(error: &Error, id: Uuid) {
    if let Error::Internal(cause) = error {
        tracing::error!(request_id = %id, cause = format!("{cause:#}"), "request failed");
    }
}

/// The answer to a request that took too long. The request itself is gone with its handler.
fn give_up(language: Language, id: Uuid) -> actix_web::Error {
    tracing::error!(request_id = %id, seconds = PATIENCE.as_secs(), "request given up");
    metrics::counter!("glomma_http_requests_given_up").increment(1);
    let error = Error::new(Code::Unavailable, "It took too long. Try again.");
    let mut response = problem::response(&error, language, Some(&id.to_string()));
    set_headers(response.headers_mut(), id, INERT);
    InternalError::from_response(error, response).into()
}

/// Nothing that the API answers is a page: it loads nothing, and is framed by nobody.
const INERT: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
/// The documentation loads its own scripts and styles.
const DOCUMENTATION: &str = "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

fn set_headers(headers: &mut HeaderMap, id: Uuid, policy: &'static str) {
    if let Ok(id) = HeaderValue::from_str(&id.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    // Without TLS a browser ignores it (RFC 6797 §8.1).
    headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    }
    headers.insert(header::VARY, HeaderValue::from_static(VARY));
}

/// draft-ietf-httpapi-ratelimit-headers, in refusals too.
fn show_quotas(headers: &mut HeaderMap, takings: &[Taken]) {
    let list = |item: fn(&Taken) -> String| takings.iter().map(item).collect::<Vec<_>>().join(", ");
    let policy = list(|taken| format!("\"{}\";q={};w={}", taken.policy, taken.quota, taken.window));
    let left = list(|taken| format!("\"{}\";r={};t={}", taken.policy, taken.left, taken.reset));
    for (name, value) in [("ratelimit-policy", policy), ("ratelimit", left)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

/// Counts a request that was answered; logs those that write, fail or are slow. A log line for each of a thousand reads a
/// second would cost more than the reads, and says less than the histogram.
fn record(response: &ServiceResponse, id: Uuid, took: Duration) {
    let request = response.request();
    let route = request.match_pattern().unwrap_or_else(|| "(none)".to_owned());
    let (method, status) = (request.method(), response.status());
    metrics::histogram!(
        "glomma_http_request_seconds",
        "method" => method_label(method), "route" => route.clone(), "status" => status.as_str().to_owned()
    )
    .record(took.as_secs_f64());
    let municipality = request.extensions().get::<MunicipalityId>().map(ToString::to_string);
    let took_ms = took.as_secs_f64() * 1000.0;
    let quiet =
        method == Method::GET && status < StatusCode::INTERNAL_SERVER_ERROR && took < Duration::from_secs(1);
    if quiet {
        tracing::debug!(request_id = %id, %method, route, status = status.as_u16(), municipality, took_ms, "request");
    } else {
        tracing::info!(request_id = %id, %method, route, status = status.as_u16(), municipality, took_ms, "request");
    }
}

/// A method that a client made up must not become a label of its own.
fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
