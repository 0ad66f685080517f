//! Refusals of the token endpoint, as RFC 6749 §5.2 has them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::platform::{auth::Identity, closed::closed, error::Error};

closed! {
    /// Why no token was given (RFC 6749 §5.2).
    pub enum OAuthCode {
        InvalidRequest = "invalid_request",
        InvalidClient = "invalid_client",
        InvalidScope = "invalid_scope",
        UnsupportedGrantType = "unsupported_grant_type",
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
    /// With whom the audit trail is to name, where a client was known.
    Refused(OAuthError, Option<Box<Identity>>),
    Fault(Error),
}

impl NoToken {
    pub(super) fn new(error: OAuthCode, description: impl Into<String>) -> Self {
        Self::Refused(OAuthError { error, error_description: description.into() }, None)
    }

    /// The same for a client that there is not, one that was revoked, and one with another secret.
    pub(super) fn invalid_client() -> Self {
        Self::new(OAuthCode::InvalidClient, "No client is known by these credentials.")
    }

    /// The same refusal, of a client that is known.
    pub(super) fn of(self, identity: Identity) -> Self {
        match self {
            Self::Refused(refused, _) => Self::Refused(refused, Some(Box::new(identity))),
            Self::Fault(fault) => Self::Fault(fault),
        }
    }

    /// A quota is spent: 429, which RFC 6749 has no word for.
    pub(super) fn too_many(refused: Error) -> Self {
        Self::Fault(refused)
    }
}

impl<E: Into<Error>> From<E> for NoToken {
    fn from(fault: E) -> Self {
        Self::Fault(fault.into())
    }
}
