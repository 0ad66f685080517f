//! What every request can reach through its extractors.

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};

use crate::platform::{
    auth::Verifier,
    clock::Clock,
    cursor::CursorKey,
    db::{Db, migrate},
    directory::Directory,
};

/// The platform's part of the application's data. `db` is handed out by `Caller` and `Reader` only.
pub struct State {
    pub(super) db: Db,
    pub(super) verifier: Arc<Verifier>,
    directory: Arc<ArcSwap<Directory>>,
    pub clock: Clock,
    pub cursors: CursorKey,
}

impl State {
    pub fn new(
        db: Db,
        verifier: Arc<Verifier>,
        directory: Arc<ArcSwap<Directory>>,
        clock: Clock,
        cursors: CursorKey,
    ) -> Self {
        Self { db, verifier, directory, clock, cursors }
    }

    /// Whether the database answers and has the schema of this binary.
    ///
    /// # Errors
    /// With the reason why not.
    pub async fn check(&self) -> anyhow::Result<()> {
        migrate::check(&self.db).await
    }

    pub fn directory(&self) -> Guard<Arc<Directory>> {
        self.directory.load()
    }
}
