//! The demonstration data: invented projects of real municipalities, drawn from the strategy's examples.

use anyhow::Context;
use serde::Deserialize;

use crate::{
    config::Database,
    imitation::{self, ImitationRequest},
    node::Record,
    platform::{
        auth::permission::Role,
        clock::Clock,
        db::{Db, TenantTx},
        directory::{self, Directory},
        error::{Code, Result},
        fingerprint::uuid_of,
        id::ProjectId,
        text::Text,
    },
    projects::{self, Audience, Content, Intent, Mode},
    publications::{
        self, PublishRequest,
        store::{PublicationRow, VersionRow},
    },
};

const DEMO: &str = include_str!("../../assets/demo.json");

#[derive(Deserialize)]
struct Demo {
    projects: Vec<DemoProject>,
}

#[derive(Deserialize)]
struct DemoProject {
    key: String,
    municipality: String,
    audience: Option<Audience>,
    note: Option<Text<1, 1000>>,
    imitates: Option<DemoImitation>,
    withdrawn: bool,
    content: Content,
}

#[derive(Deserialize)]
struct DemoImitation {
    key: String,
    mode: Mode,
    intent: Intent,
    reason: Text<1, 1000>,
    also_from: Vec<String>,
}

/// Loads the demonstration data.
///
/// # Errors
/// When the database refuses.
pub async fn demo(database: Database) -> anyhow::Result<()> {
    let loaded = Record::with(database, async |record| load(&record.db).await).await?;
    tracing::info!(projects = loaded, "demonstration data loaded");
    Ok(())
}

/// Loads what is not there yet, each project in one transaction; says how many. Ids come from the keys, so a
/// second load, or one after a kill, adds nothing twice.
///
/// # Errors
/// When the database refuses.
pub(super) async fn load(db: &Db) -> anyhow::Result<usize> {
    let demo: Demo = serde_json::from_str(DEMO).context("assets/demo.json")?;
    let mut loaded = 0;
    for project in &demo.projects {
        let municipality =
            directory::seeded(&project.municipality)?.context("a municipality of assets/demo.json")?;
        let new = db.tenant(municipality, async |tx| add(tx, project).await).await;
        loaded += usize::from(new.with_context(|| project.key.clone())?);
    }
    // Last, because what is withdrawn can no longer be imitated.
    for project in demo.projects.iter().filter(|project| project.withdrawn) {
        let municipality =
            directory::seeded(&project.municipality)?.context("a municipality of assets/demo.json")?;
        db.tenant(municipality, async |tx| withdraw(tx, id(&project.key)).await).await?;
    }
    Ok(loaded)
}

fn id(key: &str) -> ProjectId {
    uuid_of(key.as_bytes()).into()
}

async fn add(tx: &TenantTx<'_>, demo: &DemoProject) -> Result<bool> {
    let (id, now) = (id(&demo.key), Clock.now());
    if projects::store::exists(tx, id).await? {
        return Ok(false);
    }
    match &demo.imitates {
        None => {
            projects::store::insert(tx, id, demo.content.clone(), now).await?;
        }
        Some(parent) => {
            let Some(publication) = origin(tx, parent).await? else { return Ok(false) };
            let names = Directory::default();
            imitation::store::imitate(
                tx,
                &names,
                id,
                publication,
                &request(parent),
                (Role::Coordinator, now),
            )
            .await?;
            projects::store::update(tx, id, &demo.content, now).await?;
        }
    }
    if let Some(audience) = demo.audience {
        let request = PublishRequest { audience, note: demo.note.clone() };
        publications::store::publish(
            tx,
            projects::store::lock(tx, id).await?,
            &request,
            (Role::Coordinator, now),
        )
        .await?;
    }
    Ok(true)
}

/// None when somebody has withdrawn it since: then what came of it stays away too.
async fn origin(tx: &TenantTx<'_>, parent: &DemoImitation) -> Result<Option<(PublicationRow, VersionRow)>> {
    match publications::store::find_latest(tx, id(&parent.key)).await {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.code(), Code::Withdrawn | Code::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

fn request(parent: &DemoImitation) -> ImitationRequest {
    ImitationRequest {
        mode: parent.mode,
        intent: parent.intent,
        reason: parent.reason.clone(),
        version: None,
        done_on: None,
        also_from: parent.also_from.iter().map(|key| id(key)).collect(),
    }
}

async fn withdraw(tx: &TenantTx<'_>, id: ProjectId) -> Result<()> {
    let found = projects::store::lock(tx, id).await?;
    if found.1.as_ref().is_some_and(|published| published.version == 1 && published.withdrawn_at.is_none()) {
        publications::store::withdraw(tx, found, Clock.now()).await?;
    }
    Ok(())
}
