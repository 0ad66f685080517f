//! Refusals of the token endpoint, as RFC 6749 §5.2 has them.

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
    pub(super) fn too_many() -> Self {
        let error_description = "Too many requests. Keep a token until it expires.".to_owned();
        Self { error: OAuthCode::TemporarilyUnavailable, error_description }
    }
}
