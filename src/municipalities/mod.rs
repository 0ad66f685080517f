//! Municipalities and regions, as reference data.

mod api;
mod platform_api;
mod platform_store;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::api::routes;
use crate::platform::{directory::Directory, id::MunicipalityId};

/// A municipality, where something else refers to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MunicipalityRef {
    /// Organisation number: the key.
    pub organisation_number: MunicipalityId,
    pub name: String,
}

impl MunicipalityRef {
    pub fn of(directory: &Directory, id: MunicipalityId) -> Self {
        Self { organisation_number: id, name: directory.name(id).to_owned() }
    }
}
