//! The one error of the service: a refusal that tells the client what to do, or an internal fault that tells
//! it nothing and the log everything.

use std::{borrow::Cow, fmt};

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

pub use crate::platform::code::Code;
use crate::platform::{auth::Actor, id::MunicipalityId, language::Language, problem};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One member or parameter that broke a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fault {
    /// JSON Pointer into the body (`#/title`), or the name of the query parameter.
    pub pointer: String,
    /// Which rule, stable: `unknown`, `invalid`, `missing`.
    pub code: Cow<'static, str>,
    /// The rule in words.
    pub detail: String,
}

impl Fault {
    pub fn missing(member: &str, detail: impl Into<String>) -> Self {
        Self { pointer: format!("#/{member}"), code: Cow::Borrowed("missing"), detail: detail.into() }
    }

    pub fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code: Cow::Borrowed("invalid"), detail: detail.into() }
    }
}

/// A refusal: what the client did that cannot be done, and what it can do about it.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub code: Code,
    pub detail: Cow<'static, str>,
    pub faults: Vec<Fault>,
    /// The current entity tag, when the refused one was stale.
    pub current: Option<String>,
    /// The scope that was missing (RFC 6750 §3.1).
    pub scope: Option<&'static str>,
    /// How many seconds to wait before asking again.
    pub retry_after: Option<i64>,
    /// Where what is gone lives on: a path.
    pub successor: Option<String>,
    /// Who was refused, when a token was good and what it asked for was not.
    pub who: Option<Who>,
}

/// Who was refused, and in whose name they came, if they named a municipality.
#[derive(Clone, Debug)]
pub struct Who {
    pub actor: Actor,
    pub municipality: Option<MunicipalityId>,
}

/// What a handler can fail with.
#[derive(Debug)]
pub enum Error {
    Refused(Box<Refusal>),
    /// The cause is logged once, where the answer leaves the service; the client sees none of it.
    Internal(anyhow::Error),
}

impl Error {
    pub fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::Refused(Box::new(Refusal {
            code,
            detail: detail.into(),
            faults: Vec::new(),
            current: None,
            scope: None,
            retry_after: None,
            successor: None,
            who: None,
        }))
    }

    /// The same answer for what does not exist and for what another municipality keeps to itself.
    pub fn not_found() -> Self {
        Self::new(Code::NotFound, "Nothing that you may see is here.")
    }

    pub fn faults(code: Code, detail: impl Into<Cow<'static, str>>, faults: Vec<Fault>) -> Self {
        Self::new(code, detail).with(|refusal| refusal.faults = faults)
    }

    /// The same refusal of a member that lies within another.
    #[must_use]
    pub fn within(self, member: &str) -> Self {
        self.with(|refusal| {
            for fault in &mut refusal.faults {
                fault.pointer = fault.pointer.replacen('#', &format!("#/{member}"), 1);
            }
        })
    }

    pub fn stale(current: String) -> Self {
        Self::new(Code::StaleRevision, "Read it again, merge, and send the new entity tag in If-Match.")
            .with(|refusal| refusal.current = Some(current))
    }

    pub fn scope(scope: &'static str) -> Self {
        Self::new(Code::InsufficientScope, format!("This needs the scope {scope}."))
            .with(|refusal| refusal.scope = Some(scope))
    }

    /// The same refusal, until so many seconds are past.
    #[must_use]
    pub fn after(self, seconds: i64) -> Self {
        self.with(|refusal| refusal.retry_after = Some(seconds))
    }

    /// The same refusal of something that lives on elsewhere.
    #[must_use]
    pub fn succeeded_by(self, path: String) -> Self {
        self.with(|refusal| refusal.successor = Some(path))
    }

    /// The same refusal, of somebody who is known.
    #[must_use]
    pub fn of(self, actor: Actor, municipality: Option<MunicipalityId>) -> Self {
        self.with(|refusal| refusal.who = Some(Who { actor, municipality }))
    }

    pub fn parameter(name: &str, detail: impl Into<String>) -> Self {
        let fault = Fault::invalid(name, detail);
        Self::faults(Code::InvalidParameter, "A query parameter breaks its rule.", vec![fault])
    }

    fn busy(cause: &dyn std::error::Error) -> Self {
        tracing::warn!(%cause, "the database is busy");
        Self::new(Code::Unavailable, "The database is busy. Try again.")
    }

    fn with(mut self, change: impl FnOnce(&mut Refusal)) -> Self {
        if let Self::Refused(refusal) = &mut self {
            change(refusal);
        }
        self
    }

    pub fn code(&self) -> Code {
        match self {
            Self::Refused(refusal) => refusal.code,
            Self::Internal(_) => Code::Internal,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "{}: {}", refusal.code.code(), refusal.detail),
            Self::Internal(cause) => write!(f, "{cause:#}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<anyhow::Error> for Error {
    fn from(cause: anyhow::Error) -> Self {
        Self::Internal(cause)
    }
}

/// How a lock or a statement that took too long, and a server that goes away, are told.
const WENT_AWAY: [&str; 5] = [
    "deadlock detected",
    "canceling statement",
    "terminating connection",
    "connection closed",
    "error communicating with the server",
];

impl From<diesel::result::Error> for Error {
    fn from(cause: diesel::result::Error) -> Self {
        use diesel::result::{DatabaseErrorKind as Kind, Error as Db};
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "a foreign enum, of which the rest is a fault of ours"
        )]
        match &cause {
            Db::NotFound => Self::not_found(),
            Db::DatabaseError(Kind::ClosedConnection | Kind::SerializationFailure, _) => Self::busy(&cause),
            // These have no kind of their own.
            Db::DatabaseError(_, info)
                if WENT_AWAY.iter().any(|message| info.message().starts_with(message)) =>
            {
                Self::busy(&cause)
            }
            _ => Self::Internal(cause.into()),
        }
    }
}

impl From<tantivy::TantivyError> for Error {
    fn from(cause: tantivy::TantivyError) -> Self {
        Self::Internal(cause.into())
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        self.code().status()
    }

    /// In English and without a request id; the edge writes it anew for the caller it goes to.
    fn error_response(&self) -> HttpResponse {
        problem::response(self, Language::En, None)
    }
}
