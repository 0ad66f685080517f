//! Answers: with an entity tag, and with 304 where the client has it already.

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    http::{Method, header},
    web::Bytes,
};
use serde::Serialize;

/// What has an entity tag and an address of its own.
pub trait Entity {
    /// A strong entity tag, quotes included.
    fn etag(&self) -> String;
    /// Where it is: a path.
    fn location(&self) -> String;
}

/// 200 with `ETag`, or 304 when `If-None-Match` names it.
pub struct Tagged<T>(pub T);

impl<T: Entity + Serialize> Responder for Tagged<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let etag = self.0.etag();
        match not_modified(request, &etag) {
            Some(response) => response,
            None => HttpResponse::Ok().insert_header((header::ETAG, etag)).json(self.0),
        }
    }
}

/// 201 with `Location` and `ETag`.
pub struct Created<T>(pub T);

impl<T: Entity + Serialize> Responder for Created<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let (location, etag) = (self.0.location(), self.0.etag());
        HttpResponse::Created()
            .insert_header((header::LOCATION, location))
            .insert_header((header::ETAG, etag))
            .json(self.0)
    }
}

/// A body that is rendered already.
pub struct Rendered {
    pub media_type: &'static str,
    pub body: Bytes,
    pub etag: String,
}

impl Responder for Rendered {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        not_modified(request, &self.etag).unwrap_or_else(|| {
            let mut response = HttpResponse::Ok();
            response.insert_header((header::ETAG, self.etag)).content_type(self.media_type).body(self.body)
        })
    }
}

/// 304 (RFC 9110 §13.1.2); the comparison is weak.
fn not_modified(request: &HttpRequest, etag: &str) -> Option<HttpResponse> {
    // What a write answers is new.
    if request.method() != Method::GET {
        return None;
    }
    let header = request.headers().get(header::IF_NONE_MATCH)?.to_str().ok()?;
    let opaque = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
    let known = |tag: &str| tag == "*" || opaque(tag) == opaque(etag);
    let known = header.split(',').any(|tag| known(tag.trim()));
    known.then(|| HttpResponse::NotModified().insert_header((header::ETAG, etag)).finish())
}
