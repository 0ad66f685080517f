//! Typed keys, so that a project's id can never be passed where a municipality's is meant.

mod municipality;
mod project;

pub use self::{municipality::MunicipalityId, project::ProjectId};
