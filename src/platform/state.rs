//! What every request can reach through its extractors.

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};

use crate::platform::{
    audit::{Entry, Refusals},
    auth::Verifier,
    clock::Clock,
    cursor::CursorKey,
    db::{Db, migrate},
    directory::Directory,
    limits::Limits,
    proxies::Proxies,
};

/// The platform's part of the application's data. `db` is handed out by `Caller` and `Reader` only.
#[derive(Clone)]
pub struct State {
    pub(super) db: Db,
    pub verifier: Arc<Verifier>,
    pub(super) refusals: Refusals,
    pub limits: Arc<Limits>,
    pub proxies: Proxies,
    directory: Arc<ArcSwap<Directory>>,
    pub clock: Clock,
    pub cursors: Arc<CursorKey>,
}

/// What is asked at the door.
pub struct Admission {
    pub verifier: Arc<Verifier>,
    pub refusals: Refusals,
    pub limits: Arc<Limits>,
    pub proxies: Proxies,
}

impl State {
    pub fn new(
        db: Db,
        Admission { verifier, refusals, limits, proxies }: Admission,
        directory: Arc<ArcSwap<Directory>>,
        clock: Clock,
        cursors: Arc<CursorKey>,
    ) -> Self {
        Self { db, verifier, refusals, limits, proxies, directory, clock, cursors }
    }

    /// The same for one server thread, with connections of its own.
    ///
    /// # Errors
    /// As [`Db::of_this_thread`].
    pub fn of_this_thread(&self, threads: usize) -> anyhow::Result<Self> {
        Ok(Self { db: self.db.of_this_thread(threads)?, ..self.clone() })
    }

    /// Whether the database answers and has the schema of this binary.
    ///
    /// # Errors
    /// With the reason why not.
    pub async fn check(&self) -> anyhow::Result<()> {
        migrate::check(&self.db).await
    }

    /// Tells the audit trail of a refusal that no token stands for.
    pub fn tell_refusal(&self, refused: Entry) {
        self.refusals.tell(refused);
    }

    pub fn directory(&self) -> Guard<Arc<Directory>> {
        self.directory.load()
    }
}
