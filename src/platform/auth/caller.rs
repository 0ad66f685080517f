//! The capability of a request: what its handler can reach is what its token allows.

use std::{
    future::{Ready, ready},
    marker::PhantomData,
};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::header, web};

use super::{
    identity::Identity,
    permission::{Permission, ReadPublications, Role},
};
use crate::platform::{
    db::{Db, PublicTx, TenantTx},
    error::{Code, Error, Result},
    id::MunicipalityId,
    state::State,
};

/// A caller with the permission `P`, acting for a municipality. Always the first argument of a handler: it is
/// ready at once, so that 401 and 403 come before anything of the request is parsed.
pub struct Caller<P> {
    db: Db,
    municipality: MunicipalityId,
    role: Role,
    permission: PhantomData<P>,
}

impl<P> Caller<P> {
    pub fn municipality(&self) -> MunicipalityId {
        self.municipality
    }

    /// In which role the caller acts: what is told of who did something.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Runs `work` in a transaction of the caller's municipality; commits on `Ok`.
    pub async fn transaction<T>(&self, work: impl AsyncFnOnce(&TenantTx<'_>) -> Result<T>) -> Result<T> {
        self.db.tenant(self.municipality, work).await
    }
}

impl Caller<ReadPublications> {
    /// Runs `work` in a read-only transaction that sees what this caller may read of others.
    pub async fn read<T>(&self, work: impl AsyncFnOnce(&PublicTx<'_>) -> Result<T>) -> Result<T> {
        self.db.public(Some(self.municipality), work).await
    }
}

impl<P: Permission> FromRequest for Caller<P> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(state(request).and_then(|state| {
            let identity = identify(request, state, P::SCOPE)?
                .ok_or_else(|| Error::new(Code::Unauthenticated, "Send a token: Authorization: Bearer …"))?;
            let Identity { municipality, role, .. } = identity;
            Ok(Self { db: state.db.clone(), municipality, role, permission: PhantomData })
        }))
    }
}

/// A reader of publications: anybody, or a municipality that sees its region's as well.
#[derive(Clone)]
pub struct Reader {
    db: Db,
    municipality: Option<MunicipalityId>,
}

impl Reader {
    pub fn municipality(&self) -> Option<MunicipalityId> {
        self.municipality
    }

    /// Runs `work` in a read-only transaction that sees what this reader may see.
    pub async fn read<T>(&self, work: impl AsyncFnOnce(&PublicTx<'_>) -> Result<T>) -> Result<T> {
        self.db.public(self.municipality, work).await
    }
}

impl FromRequest for Reader {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(state(request).and_then(|state| {
            let identity = identify(request, state, ReadPublications::SCOPE)?;
            Ok(Self { db: state.db.clone(), municipality: identity.map(|identity| identity.municipality) })
        }))
    }
}

fn state(request: &HttpRequest) -> Result<&State> {
    let state = request.app_data::<web::Data<State>>();
    Ok(state
        .map(web::Data::get_ref)
        .ok_or_else(|| anyhow::anyhow!("the server was started without its state"))?)
}

/// Nobody, when no token was sent. A token that is sent must be good, also where none is needed.
fn identify(request: &HttpRequest, state: &State, scope: &'static str) -> Result<Option<Identity>> {
    let Some(header) = request.headers().get(header::AUTHORIZATION) else { return Ok(None) };
    let (scheme, token) = header.to_str().ok().and_then(|value| value.split_once(' ')).unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Error::new(Code::Unauthenticated, "Authorization must be: Bearer, a space, and a JWT."));
    }
    let identity = state.verifier.verify(token.trim())?;
    if !state.directory().municipalities.contains_key(&identity.municipality) {
        return Err(Error::new(Code::UnknownMunicipality, "The municipality of the token is not a member."));
    }
    request.extensions_mut().insert(identity.municipality);
    if !identity.scopes.contains(scope) {
        return Err(Error::scope(scope));
    }
    Ok(Some(identity))
}
