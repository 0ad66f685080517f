//! Refusals of the token endpoint, as RFC 6749 §5.2 has them.

use actix_web::{HttpResponse, http::header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::platform::{closed::closed, error::Error};

closed! {
    /// Why no token was given (RFC 6749 §5.2).
    pub enum OAuthCode {
        InvalidRequest = "invalid_request",
        InvalidClient = "invalid_client",
        InvalidScope = "invalid_scope",
        UnsupportedGrantType = "unsupported_grant_type",
        TemporarilyUnavailable = "temporarily_unavailable",
    }
}

/// A refusal of the token endpoint (RFC 6749 §5.2).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OAuthError {
    #[schema(inline)]
    pub(super) error: OAuthCode,
    pub(super) error_description: String,
}

/// Why no token was given: to the client's face, or a fault of ours.
pub(super) enum NoToken {
    Refused(OAuthError),
    Fault(Error),
}

impl NoToken {
    pub(super) fn new(error: OAuthCode, description: impl Into<String>) -> Self {
        Self::Refused(OAuthError { error, error_description: description.into() })
    }

    /// The same for a client that there is not, one that was revoked, and one with another secret.
    pub(super) fn invalid_client() -> Self {
        Self::new(OAuthCode::InvalidClient, "No client is known by these credentials.")
    }
}

impl<E: Into<Error>> From<E> for NoToken {
    fn from(fault: E) -> Self {
        Self::Fault(fault.into())
    }
}

impl OAuthError {
    pub(super) fn response(self) -> HttpResponse {
        let mut response = match self.error {
            OAuthCode::InvalidClient => {
                let mut response = HttpResponse::Unauthorized();
                response.insert_header((header::WWW_AUTHENTICATE, "Basic realm=\"glomma\""));
                response
            }
            OAuthCode::TemporarilyUnavailable => HttpResponse::TooManyRequests(),
            OAuthCode::InvalidRequest | OAuthCode::InvalidScope | OAuthCode::UnsupportedGrantType => {
                HttpResponse::BadRequest()
            }
        };
        response.insert_header((header::CACHE_CONTROL, "no-store")).json(self)
    }
}
