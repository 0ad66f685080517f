//! Typed keys, so that a project's id can never be passed where a municipality's is meant.

mod municipality;
mod uuid;

pub use self::{
    municipality::MunicipalityId,
    uuid::{ClientId, ImageId, ProjectId, ProposalId, SearchId},
};
