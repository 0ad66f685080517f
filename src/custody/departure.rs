//! Leaving: what becomes of the publications.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::platform::{
    closed::closed,
    error::{Code, Error, Fault, Result},
    id::MunicipalityId,
};

closed! {
    /// What becomes of what is published.
    pub enum Fate {
        /// It is withdrawn; tombstones stay.
        Withdraw = "withdraw",
        /// It is withdrawn, and each tombstone names the imitation in which it lives on.
        HandOver = "hand_over",
    }
}

/// How a municipality leaves.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct DepartureRequest {
    #[schema(inline)]
    pub(super) publications: Fate,
    /// To whom they are handed over: an organisation number.
    #[serde(default)]
    pub(super) to: Option<MunicipalityId>,
}

impl DepartureRequest {
    /// Whom the publications are handed over to, if they are.
    pub(super) fn heir(&self, own: MunicipalityId) -> Result<Option<MunicipalityId>> {
        let refused = |rule| {
            let fault = Fault::invalid("#/to", rule);
            Error::faults(Code::InvalidBody, "A member of the body breaks its rule.", vec![fault])
        };
        match (self.publications, self.to) {
            (Fate::Withdraw, None) => Ok(None),
            (Fate::Withdraw, Some(_)) => Err(refused("is for hand_over only")),
            (Fate::HandOver, Some(heir)) if heir != own => Ok(Some(heir)),
            (Fate::HandOver, _) => Err(refused("must be another municipality")),
        }
    }
}

/// What a departure did.
#[derive(Serialize, ToSchema)]
pub(super) struct Departure {
    /// Publications that became tombstones.
    pub(super) withdrawn: usize,
    /// Those of them that name the imitation in which they live on.
    pub(super) handed_over: usize,
    /// API clients that were revoked.
    pub(super) clients_revoked: usize,
}
