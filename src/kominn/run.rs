//! Beginning and ending a run.

use std::sync::{Arc, Mutex};

use aws_lc_rs::digest::{SHA256, digest};
use chrono::TimeDelta;
use tokio::sync::watch;

use super::{
    config::{Target, Targets},
    model::{Counts, Key},
    names::{Column, Profile},
    rehearsal_store, run_store,
    sharepoint::{Failure, Pace, Site},
    shown::KominnStep,
    step_store,
    sync::{self, Context},
    target_store,
};
use crate::platform::{
    audit::Entry,
    clock::Clock,
    db::{Db, Session},
    directory,
};

/// Steps that are read at once.
const STEPS: i64 = 500;

/// The sites and the record.
#[derive(Clone)]
pub struct Kominn {
    pub(super) db: Db,
    pub(super) targets: Arc<Targets>,
}

/// How a target is to be run.
#[derive(Clone, Copy, Debug, Default)]
pub struct How {
    /// Only say what would be done.
    pub dry: bool,
    /// Somebody asked for it: what failed before is tried at once.
    pub asked: bool,
    /// Also when an unusual share of what is shown would vanish.
    pub unbraked: bool,
}

/// A run that has begun; `interrupted` when the one before it did not end.
#[derive(Clone, Copy)]
struct Begun {
    how: How,
    run: Key,
    interrupted: bool,
}

/// What became of a run.
#[derive(Debug)]
pub struct Ended {
    pub run: Key,
    pub counts: Counts,
    /// Why it stopped before its end.
    pub error: Option<String>,
}

impl Kominn {
    pub fn new(db: Db, targets: Arc<Targets>) -> Self {
        Self { db, targets }
    }

    pub fn targets(&self) -> &[Target] {
        &self.targets.targets
    }

    /// Takes the turn of a target; none when another process has it.
    pub(super) async fn take_turn(&self, target: &Target) -> anyhow::Result<Option<Session>> {
        let hash = digest(&SHA256, format!("kominn {}", target.name).as_bytes());
        let key = i64::from_be_bytes(hash.as_ref().first_chunk().copied().unwrap_or_default());
        Ok(self.db.try_session(key).await?)
    }

    /// Runs a target now; none when another process is at it.
    ///
    /// # Errors
    /// When the record does not answer. What the site does wrong is told by what it returns.
    pub async fn run(
        &self,
        target: &Target,
        how: How,
        progress: watch::Sender<Counts>,
    ) -> anyhow::Result<Option<Ended>> {
        let Some(turn) = self.take_turn(target).await? else { return Ok(None) };
        self.run_in_turn(target, (how, None), &turn, progress).await.map(Some)
    }

    /// As [`Kominn::run`], in a turn that is taken; `asked` is the run that somebody asked for.
    pub(super) async fn run_in_turn(
        &self,
        target: &Target,
        (how, asked): (How, Option<Key>),
        turn: &Session,
        progress: watch::Sender<Counts>,
    ) -> anyhow::Result<Ended> {
        let (run, interrupted) = self
            .db
            .system(async |tx| {
                if !how.dry {
                    tx.trail().tell(entry(target, if how.unbraked { "begin unbraked" } else { "begin" }));
                }
                // What a dry run left that was killed goes first.
                rehearsal_store::clear(tx, &target.name).await?;
                run_store::begin(tx, &target.name, asked, how.dry).await
            })
            .await?;
        let done = Box::pin(self.synchronise(target, Begun { how, run, interrupted }, turn, progress)).await;
        let (counts, error) = match done {
            Ok(counts) => (counts, None),
            Err((counts, failure)) => (counts, Some(failure.to_string())),
        };
        let ended = self.db.system(async |tx| {
            run_store::end(tx, (run, &target.name), counts, error.clone()).await?;
            if !how.dry {
                tx.trail().after(&counts);
                tx.trail().tell(entry(target, "end"));
            }
            Ok(())
        });
        ended.await?;
        Ok(Ended { run, counts, error })
    }

    /// What a run did, a JSON object a line, behind a step; and the last of them.
    ///
    /// # Errors
    /// When the record does not answer.
    pub async fn steps(&self, run: Key, after: i32) -> anyhow::Result<(Vec<String>, Option<i32>)> {
        let rows = self.db.system(async |tx| step_store::steps(tx, run, after, STEPS).await).await?;
        let last = rows.last().map(|row| row.nth);
        let lines = rows.into_iter().map(|row| serde_json::to_string(&KominnStep::from(row)));
        Ok((lines.collect::<Result<_, _>>()?, last))
    }

    async fn synchronise(
        &self,
        target: &Target,
        begun: Begun,
        turn: &Session,
        progress: watch::Sender<Counts>,
    ) -> Result<Counts, (Counts, Failure)> {
        let context =
            self.context(target, begun, turn, progress).await.map_err(|cause| (Counts::default(), cause))?;
        let done = sync::run(&context).await;
        // What was done is kept, however it ended; what was rehearsed is not.
        let mut done = done.and(context.flush().await);
        if context.dry && context.turn.check().await.is_ok() {
            let cleared = self.db.system(async |tx| rehearsal_store::clear(tx, &target.name).await);
            done = done.and(cleared.await.map_err(Failure::from));
        }
        done.map(|()| context.counts()).map_err(|failure| (context.counts(), failure))
    }

    async fn context<'a>(
        &'a self,
        target: &'a Target,
        begun: Begun,
        turn: &'a Session,
        progress: watch::Sender<Counts>,
    ) -> Result<Context<'a>, Failure> {
        let known = self.db.system(async |tx| target_store::know(tx, &target.name).await).await?;
        let Begun { how, run, interrupted } = begun;
        // It may have asked the process that was killed to wait.
        let unheard = interrupted.then(|| Clock.now() + TimeDelta::seconds(i64::from(known.last_wait)));
        if let Some(until) = unheard {
            let wait = known.last_wait;
            self.db.system(async |tx| target_store::block(tx, &target.name, until, wait).await).await?;
        }
        let pace = Pace::new(self.db.clone(), &target.name, known.blocked_until.max(unheard));
        let site = Site::new(target, pace, how.dry).map_err(|cause| Failure::Stop(format!("{cause:#}")))?;
        let schema = site.discover(&names(target.profile)).await?;
        let status = schema.fields.get(Column::Status.name(target.profile));
        if target.pushes() && status.is_some_and(|status| !status.takes(&target.status.as_str().into())) {
            return Err(Failure::Stop("`status` of the configuration is no choice of the site".to_owned()));
        }
        if target.pushes() && !schema.has(target.marker.column().name(target.profile)) {
            return Err(Failure::Stop("it has no field by which items are known again".to_owned()));
        }
        let directory = directory::fresh(&self.db).await?;
        Ok(Context {
            db: self.record_of(&target.name, how.dry).await?,
            turn,
            target,
            link: &self.targets.link,
            site,
            schema,
            directory,
            source: known.source_id,
            run,
            dry: how.dry,
            at_once: how.asked,
            unbraked: how.unbraked,
            progress,
            told: Mutex::default(),
        })
    }

    /// The record as a run sees it: a dry one has a copy of the ledger to write in.
    async fn record_of(&self, target: &str, dry: bool) -> Result<Db, Failure> {
        if !dry {
            return Ok(self.db.clone());
        }
        self.db.system(async |tx| rehearsal_store::copy(tx, target).await).await?;
        Ok(self.db.rehearsing())
    }
}

/// Of the platform's trail: a run that was killed has begun, and has no end.
fn entry(target: &Target, what: &str) -> Entry {
    Entry::by_service("kominn", &format!("kominn {what} {}", target.name), Clock.now())
}

/// What we read or write, by the names of the generation.
fn names(profile: Profile) -> Vec<&'static str> {
    Column::ALL.iter().map(|column| column.name(profile)).collect()
}
