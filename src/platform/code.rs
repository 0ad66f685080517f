//! The catalogue of refusals.

use actix_web::http::StatusCode;

use crate::platform::language::Language;

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
    AmbiguousMunicipality FORBIDDEN "ambiguous-municipality" "Tokenet gjelder flere kommuner" "Tokenet gjeld fleire kommunar" "The token is for several municipalities";
    NotDelegated FORBIDDEN "not-delegated" "Leverandøren mangler fullmakt" "Leverandøren manglar fullmakt" "The supplier lacks a delegation";
    NotFound NOT_FOUND "not-found" "Finnes ikke" "Finst ikkje" "Not found";
    MethodNotAllowed METHOD_NOT_ALLOWED "method-not-allowed" "Metoden kan ikke brukes her" "Metoden kan ikkje brukast her" "The method cannot be used here";
    Timeout REQUEST_TIMEOUT "request-timeout" "Forespørselen tok for lang tid" "Førespurnaden tok for lang tid" "The request took too long";
    AdoptionTransition CONFLICT "adoption-transition" "Tilstanden kan ikke endres slik" "Tilstanden kan ikkje endrast slik" "The state cannot change that way";
    PhaseTransition CONFLICT "phase-transition" "Fasen kan ikke endres slik" "Fasen kan ikkje endrast slik" "The phase cannot change that way";
    Published CONFLICT "published" "Prosjektet har vært publisert" "Prosjektet har vore publisert" "The project has been published";
    NotPublished CONFLICT "not-published" "Prosjektet er ikke publisert" "Prosjektet er ikkje publisert" "The project is not published";
    ExternalPublication CONFLICT "external-publication" "Publikasjonen er lest fra et annet sted" "Publikasjonen er lesen frå ein annan stad" "The publication is read from elsewhere";
    NoConflict CONFLICT "no-conflict" "Ingenting er i konflikt" "Ingenting er i konflikt" "Nothing is in conflict";
    SentBefore CONFLICT "sent-before" "Det er sendt før" "Det er sendt før" "It was sent before";
    MergeConflict CONFLICT "merge-conflict" "Endret på begge sider" "Endra på begge sider" "Changed on both sides";
    UpstreamUnavailable CONFLICT "upstream-unavailable" "Opphavet kan ikke flettes" "Opphavet kan ikkje flettast" "There is no upstream to merge from";
    ProposalClosed CONFLICT "proposal-closed" "Forslaget er avgjort" "Framlegget er avgjort" "The proposal is closed";
    OtherParty FORBIDDEN "other-party" "Det er den andre parten som avgjør" "Det er den andre parten som avgjer" "That is for the other municipality to do";
    OwnPublication CONFLICT "own-publication" "Publikasjonen er deres egen" "Publikasjonen er dykkar eigen" "The publication is your own";
    ClientRevoked CONFLICT "client-revoked" "Klienten er trukket tilbake" "Klienten er trekt tilbake" "The client was revoked";
    NotImitated CONFLICT "not-imitated" "Ikke etterlignet der" "Ikkje etterlikna der" "Not imitated there";
    ClientSigns CONFLICT "client-signs" "Klienten signerer selv" "Klienten signerer sjølv" "The client signs by itself";
    TooMany CONFLICT "too-many" "Det er for mange fra før" "Det er for mange frå før" "There are too many already";
    InFlight CONFLICT "request-in-flight" "Samme forespørsel behandles" "Same førespurnad er under handsaming" "The same request is being answered";
    Withdrawn GONE "withdrawn" "Trukket tilbake" "Trekt tilbake" "Withdrawn";
    HistoryCompacted GONE "history-compacted" "Historikken finnes ikke lenger" "Historikken finst ikkje lenger" "The history is no longer there";
    StaleRevision PRECONDITION_FAILED "stale-revision" "Endret av andre i mellomtiden" "Endra av andre i mellomtida" "Changed by others meanwhile";
    TooLarge PAYLOAD_TOO_LARGE "too-large" "For stort innhold" "For stort innhald" "The body is too large";
    UnsupportedMediaType UNSUPPORTED_MEDIA_TYPE "unsupported-media-type" "Innholdstypen støttes ikke" "Innhaldstypen er ikkje støtta" "The media type is not supported";
    InvalidBody UNPROCESSABLE_ENTITY "invalid-body" "Innholdet bryter reglene" "Innhaldet bryt reglane" "The body breaks the rules";
    KeyReused UNPROCESSABLE_ENTITY "idempotency-key-reused" "Nøkkelen hører til en annen forespørsel" "Nøkkelen høyrer til ein annan førespurnad" "The key belongs to another request";
    NotReadyToPublish UNPROCESSABLE_ENTITY "not-ready-to-publish" "Prosjektet er ikke klart til publisering" "Prosjektet er ikkje klart til publisering" "The project is not ready to be published";
    RevisionRequired PRECONDITION_REQUIRED "revision-required" "If-Match mangler" "If-Match manglar" "If-Match is missing";
    RateLimited TOO_MANY_REQUESTS "rate-limited" "For mange forespørsler" "For mange førespurnader" "Too many requests";
    Internal INTERNAL_SERVER_ERROR "internal" "Intern feil" "Intern feil" "Internal error";
    Unavailable SERVICE_UNAVAILABLE "unavailable" "Tjenesten er ikke tilgjengelig nå" "Tenesta er ikkje tilgjengeleg no" "The service is unavailable";
}
