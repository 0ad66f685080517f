//! Who is at the door: the token of a request is checked once, before anything else, and a refusal is told in the
//! audit trail.

use std::rc::Rc;

use actix_web::{
    HttpMessage, HttpRequest,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{StatusCode, header},
    middleware::Next,
    web::Data,
};

use crate::platform::{
    audit::Entry,
    auth::Identity,
    error::{Code, Error, Refusal, Result},
    id::MunicipalityId,
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
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let Some(state) = request.app_data::<Data<State>>().cloned() else { return next.call(request).await };
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
    let response = next.call(request).await?;
    tell(&response, &presented, &state);
    Ok(response)
}

async fn identify(request: &HttpRequest, state: &State) -> Result<Option<Identity>> {
    let Some(header) = request.headers().get(header::AUTHORIZATION) else { return Ok(None) };
    let (scheme, token) = header.to_str().ok().and_then(|value| value.split_once(' ')).unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Error::new(Code::Unauthenticated, "Authorization must be: Bearer, a space, and a JWT."));
    }
    let identity = state.verifier.verify(token.trim(), narrowed(request)?).await?;
    let municipality = identity.holder.municipality();
    if municipality.is_some_and(|id| !state.directory().municipalities.contains_key(&id)) {
        return Err(Error::new(Code::UnknownMunicipality, "The municipality of the token is not a member."));
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
fn tell(response: &ServiceResponse<impl MessageBody>, presented: &Presented, state: &State) {
    let status = response.status();
    let access =
        [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::TOO_MANY_REQUESTS].contains(&status);
    let Some(error) = response.response().error().and_then(|error| error.as_error::<Error>()) else { return };
    if access {
        let identity = presented.0.as_ref().ok().and_then(Option::as_deref);
        let entry = Entry::of(response.request(), identity, state.clock.now());
        state.refusals.tell(entry.refused(status.as_u16(), error.code().code()));
    }
}
