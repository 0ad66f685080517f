//! The capability of a request: what its handler can reach is what its token allows.

use std::{
    future::{Ready, ready},
    marker::PhantomData,
    rc::Rc,
};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest, HttpResponse, Responder, body::BoxBody, dev::Payload, web,
};

use super::{
    identity::{Holder, Identity},
    permission::{Operate, Permission, ReadPublications, Role},
};
use crate::platform::{
    act::act,
    admission::Presented,
    db::{Db, PublicTx, SystemTx, TenantTx},
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
    identity: Rc<Identity>,
    request: HttpRequest,
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

    /// What the caller may do: nothing that it makes may do more.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Reads in a transaction of the caller's municipality.
    pub async fn look<T>(&self, work: impl AsyncFnOnce(&TenantTx<'_>) -> Result<T>) -> Result<T> {
        self.db.tenant(self.municipality, work).await
    }

    /// Writes in a transaction of the caller's municipality; commits on `Ok`, with the audit entry, and with the answer
    /// when the request carries an `Idempotency-Key`.
    pub async fn act<R: Responder<Body = BoxBody>>(
        &self,
        work: impl AsyncFnOnce(&TenantTx<'_>) -> Result<R>,
    ) -> Result<HttpResponse> {
        let now = state(&self.request)?.clock.now();
        let who = (&self.request, self.identity.as_ref());
        self.db.tenant(self.municipality, async |tx| act(who, now, tx, work).await).await
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
            let identity = permitted(request, P::SCOPE)?;
            let Holder::Municipality(municipality, role) = identity.holder else {
                return Err(Error::new(Code::UnknownMunicipality, "An operator acts for no municipality."));
            };
            let (db, request) = (state.db.clone(), request.clone());
            Ok(Self { db, municipality, role, identity, request, permission: PhantomData })
        }))
    }
}

/// The operator of the platform, who works as the service itself and sees no project.
pub struct Operator {
    db: Db,
    identity: Rc<Identity>,
    request: HttpRequest,
}

impl Operator {
    pub async fn look<T>(&self, work: impl AsyncFnOnce(&SystemTx<'_>) -> Result<T>) -> Result<T> {
        self.db.system(work).await
    }

    /// Writes as the service; otherwise as [`Caller::act`], into the trail of the platform.
    pub async fn act<R: Responder<Body = BoxBody>>(
        &self,
        work: impl AsyncFnOnce(&SystemTx<'_>) -> Result<R>,
    ) -> Result<HttpResponse> {
        let now = state(&self.request)?.clock.now();
        let who = (&self.request, self.identity.as_ref());
        self.db.system(async |tx| act(who, now, tx, work).await).await
    }
}

impl FromRequest for Operator {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(state(request).and_then(|state| {
            let identity = permitted(request, Operate::SCOPE)?;
            Ok(Self { db: state.db.clone(), identity, request: request.clone() })
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
            let identity = presented(request, ReadPublications::SCOPE)?;
            let municipality = identity.and_then(|identity| identity.holder.municipality());
            Ok(Self { db: state.db.clone(), municipality })
        }))
    }
}

pub(in crate::platform) fn state(request: &HttpRequest) -> Result<&State> {
    let state = request.app_data::<web::Data<State>>();
    Ok(state
        .map(web::Data::get_ref)
        .ok_or_else(|| anyhow::anyhow!("the server was started without its state"))?)
}

fn permitted(request: &HttpRequest, scope: &'static str) -> Result<Rc<Identity>> {
    presented(request, scope)?
        .ok_or_else(|| Error::new(Code::Unauthenticated, "Send a token: Authorization: Bearer …"))
}

/// Nobody, when no token was sent. A token that is sent must be good, also where none is needed.
fn presented(request: &HttpRequest, scope: &'static str) -> Result<Option<Rc<Identity>>> {
    let presented = request.extensions().get::<Presented>().cloned().unwrap_or_default();
    let Some(identity) = presented.0.map_err(Error::Refused)? else { return Ok(None) };
    if !identity.scopes.contains(scope) {
        return Err(Error::scope(scope));
    }
    Ok(Some(identity))
}
