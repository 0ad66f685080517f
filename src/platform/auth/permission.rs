//! Who may do what: the one table. A role gives scopes; a token's own `scope` claim can only narrow them.

use crate::platform::closed::closed;

closed! {
    /// A role that a municipality gives to one of its people or systems; each may do what the ones before it may.
    #[derive(clap::ValueEnum)]
    pub enum Role {
        /// Reads the municipality's projects and what others publish to it.
        Reader = "reader",
        /// Writes projects and imitates others'.
        Contributor = "contributor",
        /// Publishes and withdraws.
        Coordinator = "coordinator",
        /// Everything that a municipality may do.
        Administrator = "administrator",
    }
}

impl Role {
    pub fn scopes(self) -> &'static [&'static str] {
        match self {
            Self::Reader => &[ReadPublications::SCOPE, ReadProjects::SCOPE],
            Self::Contributor => &[ReadPublications::SCOPE, ReadProjects::SCOPE, WriteProjects::SCOPE],
            Self::Coordinator | Self::Administrator => {
                &[ReadPublications::SCOPE, ReadProjects::SCOPE, WriteProjects::SCOPE, Publish::SCOPE]
            }
        }
    }
}

/// What an operation needs, as a type in its signature.
pub trait Permission: 'static {
    const SCOPE: &'static str;
}

/// Read what others publish for one's region.
#[derive(Debug)]
pub struct ReadPublications;
/// Read the municipality's own projects.
#[derive(Debug)]
pub struct ReadProjects;
/// Write projects, and imitate.
#[derive(Debug)]
pub struct WriteProjects;
/// Publish and withdraw.
#[derive(Debug)]
pub struct Publish;

impl Permission for ReadPublications {
    const SCOPE: &'static str = "publications:read";
}
impl Permission for ReadProjects {
    const SCOPE: &'static str = "projects:read";
}
impl Permission for WriteProjects {
    const SCOPE: &'static str = "projects:write";
}
impl Permission for Publish {
    const SCOPE: &'static str = "publications:write";
}
