//! One node: what a server needs, started in order and stopped in reverse.

mod record;
mod tasks;

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context;
use tokio::{sync::watch, time::timeout};

pub use self::{
    record::{Jobs, Record},
    tasks::Tasks,
};
use crate::{
    feed::Feed,
    issuer::{self, BuiltIn, Vault},
    kominn::Targets,
    platform::{
        audit::Refusals,
        auth::{Verifier, issuer::Issuer},
        clock::Clock,
        cursor::CursorKey,
        directory::{self},
        limits::{Limits, Quotas},
        proxies::Proxies,
        state::{Admission, State},
    },
    projects::ProjectQuota,
    publications::PublicationCache,
    search::{Engine, Follower},
};

/// How long a start waits for the index to catch up.
const INDEXING: Duration = Duration::from_secs(2);

/// What requests are served from.
#[derive(Clone)]
pub struct Node {
    pub state: Arc<State>,
    pub engine: Arc<Engine>,
    pub cache: Arc<PublicationCache>,
    pub feed: Arc<Feed>,
    pub issuer: issuer::Slot,
    pub quota: Arc<ProjectQuota>,
    pub kominn: Arc<Targets>,
}

/// How much each caller may take, and who may say from where one comes.
#[derive(Default)]
pub struct Guard {
    pub quotas: Quotas,
    pub proxies: Proxies,
    /// The projects that a municipality may have; 0 for no limit.
    pub projects: u32,
    /// The KOMINN sites that there are.
    pub kominn: Arc<Targets>,
}

/// Whose tokens are trusted.
#[derive(Default)]
pub struct Trust {
    /// The operator's file.
    pub issuers: Option<PathBuf>,
    /// Those that no file names.
    pub own: Vec<Issuer>,
    /// The name of the built-in issuer and what its keys are kept under, where there is one.
    pub built_in: Option<(String, Vault)>,
}

impl Node {
    /// Loads reference data and keys, and starts following the changes with the index.
    ///
    /// # Errors
    /// When the database or the data folder cannot be used.
    pub async fn start(
        record: &Record,
        (trust, guard): (Trust, Guard),
        jobs: Jobs,
        tasks: &Tasks,
    ) -> anyhow::Result<Self> {
        let db = record.db.clone();
        record.start_jobs(tasks, jobs);
        let news = record.follow_changes(tasks);
        let directory = directory::read(&db).await.context("reading reference data")?;
        tasks.run(directory::follow(db.clone(), directory.clone()));
        let Trust { issuers, mut own, built_in } = trust;
        let built_in = built_in.map(|(name, vault)| BuiltIn::new(name, vault, db.clone()));
        if let Some(issuer) = &built_in {
            own.push(issuer.issuer());
            // Everything else is served all the same: other issuers' tokens need no key of ours.
            if let Err(cause) = issuer::rotate_when_due(issuer).await {
                tracing::error!(%cause, "the built-in issuer gives no tokens");
            }
            tasks.run(issuer::rotate(issuer.clone()));
        }
        let verifier = Arc::new(Verifier::new(issuers, own).await.context("reading the issuers")?);
        let refresh = verifier.clone();
        tasks.run(async move { refresh.follow().await });
        let cache = Arc::new(PublicationCache::default());
        let follower = Follower::open(db.clone(), &record.data, cache.clone()).await?;
        let engine = follower.engine();
        let (caught_up, mut caught_up_is) = watch::channel(false);
        tasks.run_to_end(follower.run(news.clone(), caught_up, tasks.stop_token()));
        // Serves without the index when that takes longer; only search waits for it.
        drop(timeout(INDEXING, caught_up_is.wait_for(|is| *is)).await);
        let cursors = CursorKey::new(&db.system(async |tx| directory::cursor_secret(tx).await).await?)?;
        let Guard { quotas, proxies, projects, kominn } = guard;
        let quota = Arc::new(ProjectQuota::new(projects));
        let ((refusals, untold), limits) = (Refusals::new(), Arc::new(Limits::new(quotas, db.clone())));
        tasks.run_to_end(untold.write(db.clone()));
        let clearing = limits.clone();
        tasks.run(async move { clearing.clear().await });
        let admission = Admission { verifier, refusals, limits, proxies };
        let state = Arc::new(State::new(db, admission, directory, Clock, Arc::new(cursors)));
        Ok(Self {
            state,
            engine,
            cache,
            feed: Arc::new(Feed::new(news)),
            issuer: issuer::Slot(built_in),
            quota,
            kominn,
        })
    }
}
