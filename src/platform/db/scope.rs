//! Whose right a transaction runs by: a role of the database, and a municipality.

use crate::platform::id::MunicipalityId;

/// Whose right a transaction runs by.
pub trait Scope: 'static {
    /// The database role that is taken on, and whether it may write.
    const ROLE: &'static str;
    const READ_ONLY: bool = false;

    /// What row level security is told.
    fn municipality(&self) -> Option<MunicipalityId>;
}

/// A municipality, acting on its own things.
#[derive(Clone, Copy, Debug)]
pub struct Tenant(pub MunicipalityId);

/// A reader of publications, of a municipality or of none.
#[derive(Clone, Copy, Debug)]
pub struct Public(pub Option<MunicipalityId>);

/// The service itself: the change log and the index. It sees no project.
#[derive(Clone, Copy, Debug)]
pub struct System;

impl Scope for Tenant {
    const ROLE: &'static str = "glomma_app";

    fn municipality(&self) -> Option<MunicipalityId> {
        Some(self.0)
    }
}

impl Scope for Public {
    const ROLE: &'static str = "glomma_app";
    const READ_ONLY: bool = true;

    fn municipality(&self) -> Option<MunicipalityId> {
        self.0
    }
}

impl Scope for System {
    const ROLE: &'static str = "glomma_system";

    fn municipality(&self) -> Option<MunicipalityId> {
        None
    }
}
