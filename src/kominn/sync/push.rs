//! Sending what is ours: what differs from the ledger, a page at a time, and then what could not be settled at once.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{Context, one::One};
use crate::{
    images::{self, MediaType},
    kominn::{
        link_store::{self, Candidate, Fresh},
        sharepoint::Failure,
    },
    platform::{
        clock::Clock,
        id::{ImageId, ProjectId},
    },
    publications::{self, Publication},
};

/// Publications that are looked at together.
const PAGE: i64 = 100;
/// How often a run waits for what is in the air; the rest is the next one's.
const ROUNDS: usize = 20;
/// So many failures in a row are the site's, not a publication's.
pub(super) const IN_A_ROW: u32 = 5;

/// Sends what differs. A run ends when nothing is in the air; what failed before comes last, so that it keeps nothing else waiting.
pub(super) async fn push(context: &Context<'_>) -> Result<(), Failure> {
    push_all(context, Fresh::New).await?;
    if context.at_once {
        push_all(context, Fresh::AtOnce).await?;
    }
    for _ in 0..ROUNDS {
        push_all(context, Fresh::Failed).await?;
        let target = &context.target.name;
        let next = context.db.system(async |tx| link_store::next_retry(tx, target).await).await?;
        let settle = context.target.settled_after();
        let Some(next) = next.filter(|next| *next - Clock.now() <= settle) else {
            return Ok(());
        };
        let wait = (next - Clock.now()).to_std().unwrap_or(Duration::ZERO);
        tokio::time::sleep(wait + Duration::from_millis(10)).await;
    }
    Ok(())
}

async fn push_all(context: &Context<'_>, fresh: Fresh) -> Result<(), Failure> {
    let (mapping, mut after, mut failed) = (context.mapping(), ProjectId::from(uuid::Uuid::nil()), 0);
    loop {
        let key = (context.target.name.as_str(), mapping.as_str());
        let found = context.db.system(async |tx| link_store::candidates(tx, key, (fresh, after), PAGE).await);
        let found = found.await?;
        let Some(last) = found.last() else { return Ok(()) };
        after = last.project_id;
        let page = Page::load(context, &found).await?;
        for candidate in &found {
            let done = One { context, mapping: &mapping, page: &page }.bring(candidate).await?;
            failed = if done { 0 } else { failed + 1 };
            if failed >= IN_A_ROW {
                return Err(Failure::Again(format!("{failed} writes in a row failed")));
            }
        }
    }
}

/// What is known of some publications.
pub(super) struct Page {
    pub(super) publications: BTreeMap<ProjectId, Publication>,
    /// What of what they imitate has an item there, or will have one.
    pub(super) stand: BTreeSet<ProjectId>,
    /// The names of their pictures in the library.
    pub(super) pictures: BTreeMap<ImageId, String>,
}

impl Page {
    async fn load(context: &Context<'_>, candidates: &[Candidate]) -> Result<Self, Failure> {
        let wanted: Vec<_> = candidates.iter().filter(|one| one.wanted).map(|one| one.project_id).collect();
        // As everybody sees them: nothing else may leave.
        let shown = context
            .db
            .public(None, async |tx| publications::store::show_all(tx, &context.directory, &wanted).await);
        let publications: BTreeMap<_, _> = shown.await?.into_iter().map(|shown| (shown.id, shown)).collect();
        let parents: Vec<ProjectId> = publications.values().flat_map(origins).collect();
        let target = &context.target.name;
        let stand =
            context.db.system(async |tx| link_store::standing_for(tx, target, &parents).await).await?;
        let pictures = publications.values().filter_map(|shown| shown.content.image.as_ref());
        let pictures: Vec<ImageId> = pictures.map(|picture| picture.id).collect();
        let forms =
            context.db.public(None, async |tx| images::store::media_types(tx, &pictures).await).await?;
        let named = |(id, form): (ImageId, MediaType)| (id, format!("{id}.{}", form.extension()));
        Ok(Self { publications, stand, pictures: forms.into_iter().map(named).collect() })
    }
}

/// What a publication imitates now.
fn origins(publication: &Publication) -> impl Iterator<Item = ProjectId> {
    let present = publication
        .origins
        .iter()
        .filter(|origin| origin.detached_at.is_none() && origin.withdrawn_at.is_none());
    present.map(|origin| origin.publication_id)
}
