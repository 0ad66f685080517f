//! Sending what is ours: created once, changed only where it differs, and taken back when it is taken back here.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::Context;
use crate::{
    images::{self, MediaType},
    kominn::{
        link_store::{self, Candidate},
        merge::{changes, merge},
        model::{Action, Choices, Conflicts, Link, LinkState, Pushed, Step},
        names::Column,
        outbound::reference,
        sharepoint::{Failure, Fields, Item},
    },
    platform::{
        clock::Clock,
        id::{ImageId, ProjectId},
    },
    publications::{self, Publication},
};

/// Publications that are looked at together.
const PAGE: i64 = 200;
/// How often something may fail before a person must say that it is to be tried again.
const ATTEMPTS: i32 = 8;
/// So many failures in a row are the site's, not a publication's.
const IN_A_ROW: u32 = 5;
/// How often an item is compared anew because somebody changed it meanwhile.
const RACES: usize = 3;

/// Sends what differs, and then what could not be settled at once: a run ends when nothing is in the air.
pub(super) async fn push(context: &Context<'_>) -> Result<(), Failure> {
    loop {
        push_once(context).await?;
        if context.dry {
            return Ok(());
        }
        let next =
            context.db.system(async |tx| link_store::next_retry(tx, &context.target.name).await).await?;
        let Some(wait) = next.and_then(|next| (next - Clock.now()).to_std().ok().or(Some(Duration::ZERO)))
        else {
            return Ok(());
        };
        if wait > Duration::from_secs(u64::from(context.target.settle_seconds)) {
            return Ok(());
        }
        tokio::time::sleep(wait + Duration::from_millis(10)).await;
    }
}

async fn push_once(context: &Context<'_>) -> Result<(), Failure> {
    let (mapping, mut after, mut failed) = (context.mapping(), ProjectId::from(uuid::Uuid::nil()), 0);
    loop {
        let key = (context.target.name.as_str(), mapping.as_str());
        let found = context.db.system(async |tx| link_store::candidates(tx, key, after, PAGE).await).await?;
        let Some(last) = found.last() else { return Ok(()) };
        after = last.project_id;
        let page = Page::load(context, &found).await?;
        for candidate in &found {
            let push = Push { context, mapping: &mapping, page: &page };
            failed = if push.one(candidate).await? { 0 } else { failed + 1 };
            if failed >= IN_A_ROW {
                return Err(Failure::Again(format!("{failed} writes in a row failed")));
            }
        }
    }
}

/// What is known of some publications.
struct Page {
    links: BTreeMap<ProjectId, Link>,
    publications: BTreeMap<ProjectId, Publication>,
    /// What of what they imitate has an item there, or will have one.
    stand: BTreeSet<ProjectId>,
    /// The names of their pictures in the library.
    pictures: BTreeMap<ImageId, String>,
}

impl Page {
    async fn load(context: &Context<'_>, candidates: &[Candidate]) -> Result<Self, Failure> {
        let ids: Vec<ProjectId> = candidates.iter().map(|candidate| candidate.project_id).collect();
        let target = &context.target.name;
        let links = context.db.system(async |tx| link_store::of_projects(tx, target, &ids).await).await?;
        let wanted: Vec<_> = candidates.iter().filter(|one| one.wanted).map(|one| one.project_id).collect();
        // As everybody sees them: nothing else may leave.
        let shown = context
            .db
            .public(None, async |tx| publications::store::show_all(tx, &context.directory, &wanted).await);
        let publications: BTreeMap<_, _> = shown.await?.into_iter().map(|shown| (shown.id, shown)).collect();
        let parents: Vec<ProjectId> = publications.values().flat_map(origins).collect();
        let stand =
            context.db.system(async |tx| link_store::standing_for(tx, target, &parents).await).await?;
        let pictures = publications.values().filter_map(|shown| shown.content.image.as_ref());
        let pictures: Vec<ImageId> = pictures.map(|picture| picture.id).collect();
        let forms =
            context.db.public(None, async |tx| images::store::media_types(tx, &pictures).await).await?;
        let named = |(id, form): (ImageId, MediaType)| (id, format!("{id}.{}", form.extension()));
        let pictures = forms.into_iter().map(named).collect();
        Ok(Self { links, publications, stand, pictures })
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

struct Push<'a> {
    context: &'a Context<'a>,
    mapping: &'a str,
    page: &'a Page,
}

impl Push<'_> {
    /// Brings one to where it belongs; false when that failed and is tried again later. What stops the whole run is an error.
    async fn one(&self, candidate: &Candidate) -> Result<bool, Failure> {
        let Candidate { project_id, municipality_id, .. } = *candidate;
        let known = self.page.links.get(&project_id).cloned();
        let mut link = known.unwrap_or_else(|| {
            Link::new(&self.context.target.name, project_id, municipality_id, Clock.now())
        });
        if link.item_id.is_some_and(|item| self.context.is_gone(item)) {
            return Ok(true);
        }
        let publication = self.page.publications.get(&project_id).filter(|_| candidate.wanted);
        match self.bring(&mut link, publication).await {
            Ok(()) => Ok(true),
            Err(failure) => self.fail(link, failure, publication).await,
        }
    }

    async fn bring(&self, link: &mut Link, publication: Option<&Publication>) -> Result<(), Failure> {
        if link.state == LinkState::InFlight && !self.find(link).await? {
            return Ok(());
        }
        match (publication, link.item_id) {
            (Some(publication), None) => self.create(link, publication).await,
            (None, None) => self.forget(link).await,
            (publication, Some(item)) => self.update(link, publication, item).await,
        }
    }

    /// What it is to say. Origins that no item stands for are told by their addresses.
    fn fields(&self, publication: &Publication) -> Fields {
        let apart = publication.origins.iter().filter(|origin| {
            let present = origin.detached_at.is_none() && origin.withdrawn_at.is_none();
            present && !self.page.stand.contains(&origin.publication_id)
        });
        let apart: Vec<_> =
            apart.map(|origin| (origin.title.clone().unwrap_or_default(), origin.publication_id)).collect();
        let picture =
            publication.content.image.as_ref().and_then(|picture| self.page.pictures.get(&picture.id));
        self.context.outbound().fields(publication, &apart, picture.map(String::as_str))
    }

    async fn create(&self, link: &mut Link, publication: &Publication) -> Result<(), Failure> {
        let fields = self.fields(publication);
        let mut sent = fields.clone();
        sent.extend(self.context.outbound().beginning(link.project_id));
        let step = Step {
            differences: changes(&fields, &Fields::new()),
            ..Step::of(link.municipality_id, Some(link.project_id), Action::Create)
        };
        if self.context.dry {
            self.context.would_create(link.project_id, link.municipality_id, origins(publication).collect());
            return self.context.tell(step).await;
        }
        self.send_picture(&sent, publication).await?;
        link.state = LinkState::InFlight;
        link.sent_at = Some(Clock.now());
        link.pushed = Pushed(fields);
        self.settle_as(link, publication.version, false);
        self.save(link).await?;
        self.context.check_turn().await?;
        let item = match self.context.site.create(&self.context.schema, &sent).await {
            Ok(item) => item,
            Err(failure @ (Failure::Lost(_) | Failure::Record(_))) => return Err(failure),
            Err(failure) => {
                // It was not done.
                (link.state, link.sent_at) = (LinkState::Pending, None);
                self.save(link).await?;
                return Err(failure);
            }
        };
        self.take_item(link, item).await?;
        self.context.tell(Step { item: link.item_id, ..step }).await
    }

    /// Puts the picture that the fields name into the library first. Its name tells its bytes: sending it again changes nothing.
    async fn send_picture(&self, fields: &Fields, publication: &Publication) -> Result<(), Failure> {
        let named = fields.get(self.context.name(Column::Image)).is_some_and(Value::is_string);
        let Some(picture) = publication.content.image.as_ref().filter(|_| named) else { return Ok(()) };
        let Some(name) = self.page.pictures.get(&picture.id) else { return Ok(()) };
        let read = self.context.db.public(None, async |tx| images::store::find(tx, picture.id).await);
        let (_, bytes) = read.await?;
        self.context.check_turn().await?;
        self.context.site.upload(name, bytes).await
    }

    /// Looks for the item of a creation whose answer was lost. False while it may still come to be.
    async fn find(&self, link: &mut Link) -> Result<bool, Failure> {
        let sent_at = link.sent_at.unwrap_or_else(|| Clock.now());
        let settled = sent_at + TimeDelta::seconds(i64::from(self.context.target.settle_seconds));
        if let Some(item) = self.look_up(link.project_id).await? {
            let step = Step::of(link.municipality_id, Some(link.project_id), Action::Find);
            if !self.context.dry {
                self.take_item(link, item).await?;
            }
            self.context.tell(Step { item: link.item_id, ..step }).await?;
            return Ok(!self.context.dry);
        }
        if settled > Clock.now() {
            self.wait_until(link, settled).await?;
            return Ok(false);
        }
        if !self.context.dry {
            link.state = LinkState::Pending;
            link.sent_at = None;
            link.retry_at = None;
            self.save(link).await?;
        }
        Ok(true)
    }

    async fn look_up(&self, id: ProjectId) -> Result<Option<Item>, Failure> {
        super::sweep::find_marked(self.context, id, &reference(id)).await
    }

    async fn take_item(&self, link: &mut Link, item: Item) -> Result<(), Failure> {
        link.state = LinkState::Synced;
        link.item_id = Some(item.id);
        link.etag = item.etag;
        link.sent_at = None;
        link.attempts = 0;
        link.retry_at = None;
        link.error = None;
        link.remote_status = item
            .fields
            .get(self.context.name(Column::Status))
            .and_then(|status| status.as_str())
            .map(ToOwned::to_owned);
        self.save(link).await
    }

    /// Nothing of it is there, and nothing is to be.
    async fn forget(&self, link: &mut Link) -> Result<(), Failure> {
        link.state = LinkState::Synced;
        self.settle_as(link, link.version, true);
        self.save(link).await
    }

    /// Compares an item with what it is to say, and sends what differs; again, when somebody was faster.
    async fn update(
        &self,
        link: &mut Link,
        publication: Option<&Publication>,
        item: i64,
    ) -> Result<(), Failure> {
        for _ in 0..RACES {
            match self.update_once(link, publication, item).await {
                Err(Failure::Stale) => {}
                done => return done,
            }
        }
        Err(Failure::Stale)
    }

    async fn update_once(
        &self,
        link: &mut Link,
        publication: Option<&Publication>,
        item: i64,
    ) -> Result<(), Failure> {
        let ours = match publication {
            Some(publication) => self.fields(publication),
            None => self.context.outbound().notice(link.project_id, link.municipality_id),
        };
        let theirs = self.context.site.item(&self.context.schema, item).await?;
        // What is taken back is taken back, whatever stands there.
        let base = if publication.is_some() { link.pushed.0.clone() } else { theirs.fields.clone() };
        let merged = merge((&base, &ours, &theirs.fields), self.context.target.conflicts, &link.choices.0);
        let action = match (publication, merged.conflicts.is_empty()) {
            (None, _) => Action::Withdraw,
            (Some(_), true) => Action::Update,
            (Some(_), false) => Action::Conflict,
        };
        let step = Step {
            item: Some(item),
            differences: changes(&merged.push, &theirs.fields),
            ..Step::of(link.municipality_id, Some(link.project_id), action)
        };
        if !self.context.dry {
            let mut etag = theirs.etag;
            if !merged.push.is_empty() {
                if let Some(publication) = publication {
                    self.send_picture(&merged.push, publication).await?;
                }
                self.context.check_turn().await?;
                let known = etag
                    .as_deref()
                    .ok_or_else(|| Failure::Stop("it gives items no entity tag".to_owned()))?;
                etag = self.context.site.update(&self.context.schema, (item, known), &merged.push).await?;
            }
            link.etag = etag;
            link.state = if merged.conflicts.is_empty() { LinkState::Synced } else { LinkState::Conflict };
            link.error =
                (!merged.conflicts.is_empty()).then(|| "both sides changed a field: choose one".to_owned());
            // What it was inspired by is another pass's.
            let inspired = link.pushed.0.get(self.context.name(Column::InspiredBy)).cloned();
            link.pushed = Pushed(if publication.is_some() { merged.base } else { ours });
            link.pushed.0.extend(inspired.map(|ids| (self.context.name(Column::InspiredBy).to_owned(), ids)));
            link.conflicts = Conflicts(merged.conflicts);
            link.choices = Choices::default();
            link.attempts = 0;
            self.settle_as(
                link,
                publication.map_or(link.version, |shown| shown.version),
                publication.is_none(),
            );
            self.save(link).await?;
        }
        let quiet = step.differences.is_empty() && action != Action::Conflict;
        if quiet { Ok(()) } else { self.context.tell(step).await }
    }

    fn settle_as(&self, link: &mut Link, version: i32, withdrawn: bool) {
        link.version = version;
        link.withdrawn = withdrawn;
        self.mapping.clone_into(&mut link.mapping);
        link.retry_at = None;
    }

    /// What became of a failure: some are of this publication, others of the site.
    async fn fail(
        &self,
        mut link: Link,
        failure: Failure,
        publication: Option<&Publication>,
    ) -> Result<bool, Failure> {
        link.error = Some(failure.to_string());
        let action = match failure {
            Failure::Throttled(_) | Failure::Stop(_) | Failure::Record(_) => return Err(failure),
            Failure::Gone(_) => {
                link.state = LinkState::Gone;
                Action::Gone
            }
            Failure::Rejected(_) => {
                link.state = LinkState::Rejected;
                let version = publication.map_or(link.version, |shown| shown.version);
                self.settle_as(&mut link, version, false);
                Action::Reject
            }
            Failure::Again(_) | Failure::Lost(_) | Failure::Stale | Failure::Threshold => {
                count_attempt(&mut link);
                Action::Fail
            }
        };
        let step = Step {
            item: link.item_id,
            error: link.error.clone(),
            ..Step::of(link.municipality_id, Some(link.project_id), action)
        };
        if !self.context.dry {
            self.save(&link).await?;
        }
        self.context.tell(step).await?;
        Ok(action != Action::Fail)
    }

    async fn wait_until(&self, link: &mut Link, time: DateTime<Utc>) -> Result<(), Failure> {
        link.retry_at = Some(time);
        if self.context.dry { Ok(()) } else { self.save(link).await }
    }

    async fn save(&self, link: &Link) -> Result<(), Failure> {
        Ok(self.context.db.system(async |tx| link_store::save(tx, link).await).await?)
    }
}

/// One more attempt in vain. A creation whose answer was lost is looked for at once, and sent again only when it can no longer come
/// to be.
fn count_attempt(link: &mut Link) {
    link.attempts += 1;
    if link.attempts >= ATTEMPTS {
        link.state = LinkState::Dead;
    }
    let wait = if link.state == LinkState::InFlight { TimeDelta::zero() } else { pause(link.attempts) };
    link.retry_at = Some(Clock.now() + wait);
}

/// How long one waits after so many attempts: from half a minute to an hour.
fn pause(attempts: i32) -> TimeDelta {
    let doubled = u32::try_from(attempts.clamp(1, 8)).unwrap_or(1) - 1;
    TimeDelta::seconds(30 << doubled).min(TimeDelta::hours(1))
}
