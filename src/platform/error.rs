//! The one error of the service: a refusal that tells the client what to do, or an internal fault that tells
//! it nothing and the log everything.

use std::{borrow::Cow, fmt};

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::platform::{language::Language, problem};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Declares the catalogue: variant, status, stable code, and the title in bokmål, nynorsk and English.
macro_rules! codes {
    ($($variant:ident $status:ident $code:literal $nb:literal $nn:literal $en:literal;)*) => {
        /// Every way in which a request can be refused. The code is part of the contract and never changes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code { $($variant),* }

        impl Code {
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            pub fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status),* }
            }

            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            pub fn title(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$variant, Language::Nb) => $nb,
                      (Self::$variant, Language::Nn) => $nn,
                      (Self::$variant, Language::En) => $en),*
                }
            }
        }
    };
}

codes! {
    MalformedBody BAD_REQUEST "malformed-body" "Innholdet kan ikke leses" "Innhaldet kan ikkje lesast" "The body cannot be parsed";
    MalformedRequest BAD_REQUEST "malformed-request" "Forespørselen kan ikke leses" "Førespurnaden kan ikkje lesast" "The request cannot be parsed";
    InvalidParameter BAD_REQUEST "invalid-parameter" "Ugyldig parameter" "Ugyldig parameter" "Invalid parameter";
    CursorMismatch BAD_REQUEST "cursor-mismatch" "Sidepekeren hører ikke til denne spørringen" "Sidepeikaren høyrer ikkje til denne spørjinga" "The cursor does not belong to this query";
    Unauthenticated UNAUTHORIZED "unauthenticated" "Pålogging kreves" "Pålogging krevst" "Authentication required";
    InvalidToken UNAUTHORIZED "invalid-token" "Ugyldig token" "Ugyldig token" "Invalid token";
    InsufficientScope FORBIDDEN "insufficient-scope" "Mangler rettighet" "Manglar rett" "The token lacks the permission";
    UnknownMunicipality FORBIDDEN "unknown-municipality" "Tokenet gjelder ingen kjent kommune" "Tokenet gjeld ingen kjend kommune" "The token is for no known municipality";
    NotFound NOT_FOUND "not-found" "Finnes ikke" "Finst ikkje" "Not found";
    MethodNotAllowed METHOD_NOT_ALLOWED "method-not-allowed" "Metoden kan ikke brukes her" "Metoden kan ikkje brukast her" "The method cannot be used here";
    Timeout REQUEST_TIMEOUT "request-timeout" "Forespørselen tok for lang tid" "Førespurnaden tok for lang tid" "The request took too long";
    Conflict CONFLICT "conflict" "I strid med tilstanden" "I strid med tilstanden" "In conflict with the current state";
    PhaseTransition CONFLICT "phase-transition" "Fasen kan ikke endres slik" "Fasen kan ikkje endrast slik" "The phase cannot change that way";
    Published CONFLICT "published" "Prosjektet har vært publisert" "Prosjektet har vore publisert" "The project has been published";
    NotPublished CONFLICT "not-published" "Prosjektet er ikke publisert" "Prosjektet er ikkje publisert" "The project is not published";
    OwnPublication CONFLICT "own-publication" "Publikasjonen er deres egen" "Publikasjonen er dykkar eigen" "The publication is your own";
    Withdrawn GONE "withdrawn" "Trukket tilbake" "Trekt tilbake" "Withdrawn";
    StaleRevision PRECONDITION_FAILED "stale-revision" "Endret av andre i mellomtiden" "Endra av andre i mellomtida" "Changed by others meanwhile";
    TooLarge PAYLOAD_TOO_LARGE "too-large" "For stort innhold" "For stort innhald" "The body is too large";
    UnsupportedMediaType UNSUPPORTED_MEDIA_TYPE "unsupported-media-type" "Innholdstypen støttes ikke" "Innhaldstypen er ikkje støtta" "The media type is not supported";
    InvalidBody UNPROCESSABLE_ENTITY "invalid-body" "Innholdet bryter reglene" "Innhaldet bryt reglane" "The body breaks the rules";
    NotReadyToPublish UNPROCESSABLE_ENTITY "not-ready-to-publish" "Prosjektet er ikke klart til publisering" "Prosjektet er ikkje klart til publisering" "The project is not ready to be published";
    RevisionRequired PRECONDITION_REQUIRED "revision-required" "If-Match mangler" "If-Match manglar" "If-Match is missing";
    Internal INTERNAL_SERVER_ERROR "internal" "Intern feil" "Intern feil" "Internal error";
    Unavailable SERVICE_UNAVAILABLE "unavailable" "Tjenesten er ikke tilgjengelig nå" "Tenesta er ikkje tilgjengeleg no" "The service is unavailable";
}

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
        }))
    }

    /// The same answer for what does not exist and for what another municipality keeps to itself.
    pub fn not_found() -> Self {
        Self::new(Code::NotFound, "Nothing that you may see is here.")
    }

    pub fn faults(code: Code, detail: impl Into<Cow<'static, str>>, faults: Vec<Fault>) -> Self {
        Self::new(code, detail).with(|refusal| refusal.faults = faults)
    }

    pub fn stale(current: String) -> Self {
        Self::new(Code::StaleRevision, "Read it again, merge, and send the new entity tag in If-Match.")
            .with(|refusal| refusal.current = Some(current))
    }

    pub fn scope(scope: &'static str) -> Self {
        Self::new(Code::InsufficientScope, format!("This needs the scope {scope}."))
            .with(|refusal| refusal.scope = Some(scope))
    }

    pub fn parameter(name: &str, detail: impl Into<String>) -> Self {
        let fault = Fault::invalid(name, detail);
        Self::faults(Code::InvalidParameter, "A query parameter breaks its rule.", vec![fault])
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

impl From<diesel::result::Error> for Error {
    fn from(cause: diesel::result::Error) -> Self {
        if matches!(cause, diesel::result::Error::NotFound) {
            return Self::not_found();
        }
        Self::Internal(cause.into())
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
