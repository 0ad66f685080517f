//! Who is at the door: the token of a request is checked once, before anything else, and a refusal is told in the
//! audit trail.

use std::rc::Rc;

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, StatusCode, header},
    middleware::Next,
    web::Data,
};

use crate::platform::{
    audit::Entry,
    auth::Identity,
    error::{Code, Error, Refusal, Result, Who},
    id::MunicipalityId,
    limits::Taken,
    state::State,
};

/// Names the municipality, when a token speaks for several. It can only narrow what the token says.
const MUNICIPALITY: &str = "Glomma-Municipality";

/// Whom the request's token names: nobody, without one.
#[derive(Clone)]
pub(super) struct Presented(pub(super) Result<Option<Rc<Identity>>, Box<Refusal>>);

impl Default for Presented {
    fn default() -> Self {
        Self(Ok(None))
    }
}

/// Wraps every request. See the module.
///
/// # Errors
/// None of its own: a refused token is answered by the handler's extractor, which knows whether one is needed.
pub async fn admit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let Some(state) = request.app_data::<Data<State>>().cloned() else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let presented = match identify(request.request(), &state).await {
        Ok(identity) => Presented(Ok(identity.map(Rc::new))),
        Err(Error::Refused(refusal)) => Presented(Err(refusal)),
        Err(fault @ Error::Internal(_)) => return Err(fault.into()),
    };
    if let Ok(Some(identity)) = &presented.0
        && let Some(municipality) = identity.holder.municipality()
    {
        request.extensions_mut().insert(municipality);
    }
    request.extensions_mut().insert(presented.clone());
    let taken = match take(request.request(), &state, &presented).await {
        Ok(taken) => taken,
        Err(refused) => {
            tell(request.request(), &refused, &presented, &state);
            return Ok(request.into_response(HttpResponse::from_error(refused)));
        }
    };
    request.extensions_mut().insert(Takings(taken.clone()));
    let response = next.call(request).await?.map_into_boxed_body();
    if let Some(error) = response.response().error().and_then(|error| error.as_error::<Error>()) {
        tell(response.request(), error, &presented, &state);
    }
    if response.status() == StatusCode::NOT_MODIFIED {
        for taken in taken {
            taken.give_back().await;
        }
    }
    Ok(response)
}

/// What a request took of its quotas, for the edge, which shows it.
#[derive(Clone)]
pub(super) struct Takings(pub(super) Vec<Taken>);

/// What is free: it asks for nothing of a municipality's, and monitors must not be refused.
const FREE: [&str; 3] = ["/health", "/docs", "/openapi.json"];

/// Takes the request out of the quotas of its client and its municipality; or of its address, without a good token. By the
/// path as it is routed: an encoded letter makes nothing free.
async fn take(request: &HttpRequest, state: &State, presented: &Presented) -> Result<Vec<Taken>> {
    let path = request.match_info().as_str();
    if request.method() == Method::OPTIONS || FREE.iter().any(|free| path.starts_with(free)) {
        return Ok(Vec::new());
    }
    let Ok(Some(identity)) = &presented.0 else {
        let refused = |seconds| {
            let seconds = i64::try_from(seconds).unwrap_or(60);
            Error::new(Code::RateLimited, "Ask more slowly, or with a token.").after(seconds)
        };
        let address = state.proxies.client_of(request);
        address.map_or(Ok(()), |address| state.limits.take_address(address)).map_err(refused)?;
        return Ok(Vec::new());
    };
    let (holder, quotas) = (identity.holder, state.limits.quotas);
    let client = format!("client {holder} {}", identity.actor.caller());
    let client = state.limits.take(&client, quotas.client).await?;
    let municipality = state.limits.take(&format!("municipality {holder}"), quotas.municipality).await?;
    Ok(client.into_iter().chain(municipality).collect())
}

async fn identify(request: &HttpRequest, state: &State) -> Result<Option<Identity>> {
    let Some(header) = request.headers().get(header::AUTHORIZATION) else { return Ok(None) };
    let (scheme, token) = header.to_str().ok().and_then(|value| value.split_once(' ')).unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Error::new(Code::Unauthenticated, "Authorization must be: Bearer, a space, and a JWT."));
    }
    let identity = state.verifier.verify(token.trim(), narrowed(request)?).await?;
    let municipality = identity.holder.municipality();
    if municipality.is_some_and(|id| !state.directory().is_member(id)) {
        let refused = Error::new(Code::UnknownMunicipality, "The municipality of the token is not a member.");
        return Err(refused.of(identity.actor, None));
    }
    Ok(Some(identity))
}

fn narrowed(request: &HttpRequest) -> Result<Option<MunicipalityId>> {
    let Some(header) = request.headers().get(MUNICIPALITY) else { return Ok(None) };
    let named = header.to_str().ok().and_then(|named| named.trim().parse().ok());
    let refused =
        || Error::new(Code::UnknownMunicipality, format!("{MUNICIPALITY} is no organisation number."));
    named.map(Some).ok_or_else(refused)
}

/// A refused access is told; what was merely wrong in a request is not.
fn tell(request: &HttpRequest, error: &Error, presented: &Presented, state: &State) {
    let status = error.code().status();
    if ![StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::TOO_MANY_REQUESTS].contains(&status) {
        return;
    }
    let entry = match &presented.0 {
        Ok(identity) => Entry::of(request, identity.as_deref(), state.clock.now()),
        Err(refusal) => {
            let entry = Entry::of(request, None, state.clock.now());
            match &refusal.who {
                Some(Who { actor, municipality }) => {
                    let member = municipality.filter(|id| state.directory().is_member(*id));
                    entry.named(actor, member)
                }
                None => entry,
            }
        }
    };
    state.refusals.tell(entry.refused(status.as_u16(), error.code().code()));
}
