//! Checking tokens: by the issuer's own keys and algorithms, and by nothing that the token says of itself.

use std::{path::PathBuf, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use futures_util::future::{join, join_all};
use tokio::sync::Mutex;

use super::{
    identity::{Actor, Identity, kept},
    issuer::{self, Issuer},
    token::{invalid, unverified},
    trusted::{Loaded, Trusted},
};
use crate::platform::{error::Result, id::MunicipalityId};

/// How often it is seen whether the file changed and keys are due.
const TICK: Duration = Duration::from_secs(2);

/// The trusted issuers and their keys.
pub struct Verifier {
    file: Option<PathBuf>,
    /// The service's own: the built-in one, and that of development mode.
    own: Vec<Issuer>,
    trusted: ArcSwap<Vec<Arc<Trusted>>>,
    /// What the file said when it was last read.
    read: Mutex<Vec<Issuer>>,
}

/// How an issuer stands, for the operator.
#[derive(Debug)]
pub struct IssuerState {
    pub issuer: String,
    pub key_ids: Vec<String>,
    pub age: Option<Duration>,
    pub fault: Option<String>,
}

impl Verifier {
    /// Reads the file and the keys of every issuer. One whose keys cannot be read is kept, and refuses its tokens until
    /// they can.
    ///
    /// # Errors
    /// When the file cannot be read, or is unsafe.
    pub async fn new(file: Option<PathBuf>, own: Vec<Issuer>) -> anyhow::Result<Self> {
        let listed = file.as_deref().map(issuer::read).transpose()?.unwrap_or_default();
        let verifier = Self { file, own, trusted: ArcSwap::default(), read: Mutex::new(Vec::new()) };
        verifier.trust(listed).await;
        Ok(verifier)
    }

    /// Reads file and keys anew for ever. What was good stays while the new is not.
    pub async fn follow(&self) {
        join(self.follow_others(), self.follow_own()).await;
    }

    async fn follow_others(&self) {
        loop {
            tokio::time::sleep(TICK).await;
            if let Some(file) = &self.file {
                match issuer::read(file) {
                    Ok(listed) => self.trust(listed).await,
                    Err(cause) => {
                        tracing::error!(cause = format!("{cause:#}"), "the issuers stay as they were");
                    }
                }
            }
            self.refresh(|issuer| !issuer.is_built_in()).await;
        }
    }

    /// Apart from the others: a slow one of them must not keep a revoked client going.
    async fn follow_own(&self) {
        loop {
            tokio::time::sleep(TICK).await;
            self.refresh(Issuer::is_built_in).await;
        }
    }

    async fn refresh(&self, which: impl Fn(&Issuer) -> bool) {
        let trusted = self.trusted.load_full();
        let due = trusted.iter().filter(|trusted| which(&trusted.issuer));
        join_all(due.map(|trusted| trusted.refresh_when_due())).await;
    }

    /// Trusts the issuers of the file from now on. Their keys are read first, so that no token is refused meanwhile.
    async fn trust(&self, listed: Vec<Issuer>) {
        let mut read = self.read.lock().await;
        let old = self.trusted.load_full();
        if *read == listed && !old.is_empty() {
            return;
        }
        let all = self.own.iter().chain(&listed);
        let fresh = join_all(all.map(async |issuer| {
            let known = old.iter().find(|trusted| trusted.issuer.issuer == issuer.issuer);
            if let Some(same) = known.filter(|known| known.issuer == *issuer) {
                return same.clone();
            }
            // Keys from elsewhere are not believed any more: the operator may have had a reason.
            let known = known.filter(|known| known.issuer.keys == issuer.keys);
            let loaded = known.map_or_else(Loaded::default, |known| known.loaded());
            let trusted = Trusted::new(issuer.clone(), loaded);
            trusted.refresh().await;
            Arc::new(trusted)
        }));
        self.trusted.store(fresh.await.into());
        *read = listed;
    }

    /// Checks signature, issuer, audience, times and municipality; `narrowed` is the one that the caller chose.
    ///
    /// # Errors
    /// 401 `invalid-token`; 403 when a valid token speaks for no municipality, or for several; 503 when the key
    /// that it names cannot be looked up.
    pub async fn verify(&self, token: &str, narrowed: Option<MunicipalityId>) -> Result<Identity> {
        let (head, iss) = unverified(token)?;
        let trusted = self.trusted.load();
        let trusted = trusted.iter().find(|trusted| trusted.issuer.issuer.include(&iss)).cloned();
        let trusted = trusted.ok_or_else(|| invalid("Its issuer is not trusted."))?;
        if !trusted.issuer.algorithms.contains(&head.alg) {
            return Err(invalid("Its issuer does not use that algorithm."));
        }
        if !head.is_of_type(&trusted.issuer.types) {
            return Err(invalid("It is no access token."));
        }
        let claims = trusted.claims(token, &head).await?;
        let preset = &trusted.issuer.preset;
        let identified = preset.claimed(&claims).and_then(|claimed| claimed.identity(narrowed));
        let mut identity = identified.map_err(|refused| {
            let (actor, municipality) = preset.named(&claims);
            refused.of(Actor { issuer: kept(&iss), ..actor }, municipality)
        })?;
        identity.actor.issuer = kept(&iss);
        Ok(identity)
    }

    /// Every trusted issuer and its keys.
    pub fn states(&self) -> Vec<IssuerState> {
        let state = |trusted: &Arc<Trusted>| {
            let loaded = trusted.loaded();
            let (key_ids, age) = (loaded.key_ids(), loaded.age());
            IssuerState { issuer: trusted.issuer.issuer.to_string(), key_ids, age, fault: loaded.fault }
        };
        self.trusted.load().iter().map(state).collect()
    }
}
