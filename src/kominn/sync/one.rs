//! One publication: created once, changed only where it differs, and taken back when it is taken back here.

use serde_json::Value;

use super::{Context, pull::leave, push::Page};
use crate::{
    images,
    kominn::{
        link_store::{self, Candidate},
        merge::{ItemChange, Merged, arrived, changes, merge, same, standing_choices},
        model::{Action, Choices, Conflicts, Link, LinkState, Pushed, Step},
        names::Column,
        sharepoint::{Failure, Fields, Item},
    },
    platform::clock::Clock,
    publications::Publication,
};

/// How often an item is compared anew because somebody changed it meanwhile, or because a change was not answered.
const RACES: u32 = 3;

pub(super) struct One<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) mapping: &'a str,
    pub(super) page: &'a Page,
}

impl One<'_> {
    /// Brings it to where it belongs; false when that failed and is tried again later. What stops the whole run is an error.
    pub(super) async fn bring(&self, candidate: &Candidate) -> Result<bool, Failure> {
        let target = &self.context.target.name;
        // Read anew: a page is old when the site asked us to wait, and a person may have decided meanwhile.
        let (known, wanted) = self
            .context
            .db
            .system(async |tx| link_store::stand_of(tx, target, candidate.project_id).await)
            .await?;
        let new = || Link::new(target, candidate.project_id, candidate.municipality_id, Clock.now());
        let mut link = known.unwrap_or_else(new);
        if link.item_id.is_some_and(|item| self.context.is_held(item)) {
            return Ok(true);
        }
        let publication = self.page.publications.get(&candidate.project_id).filter(|_| wanted);
        // It is wanted since the page was read: the next run has it.
        if wanted && publication.is_none() {
            return Ok(true);
        }
        let done = match self.advance(&mut link, publication).await {
            Ok(()) => Ok(true),
            Err(failure) => self.fail(link, failure, publication).await,
        };
        // A person was faster: the next run sees what was decided.
        if done == Err(Failure::Moved) { Ok(true) } else { done }
    }

    async fn advance(&self, link: &mut Link, publication: Option<&Publication>) -> Result<(), Failure> {
        let in_the_air = link.sent_at.is_some() && link.item_id.is_none();
        if in_the_air && !self.find(link).await? {
            return Ok(());
        }
        match (publication, link.item_id) {
            (Some(publication), None) => self.create(link, publication).await,
            (None, None) => self.forget(link).await,
            (publication, Some(item)) => self.update(link, publication, item).await,
        }
    }

    /// What it is to say. Origins that no item stands for are told by their addresses.
    pub(super) fn fields(&self, link: &Link, publication: &Publication) -> Fields {
        let apart = publication.origins.iter().filter(|origin| {
            let present = origin.detached_at.is_none() && origin.withdrawn_at.is_none();
            present && !self.page.stand.contains(&origin.publication_id)
        });
        let apart: Vec<_> =
            apart.map(|origin| (origin.title.clone().unwrap_or_default(), origin.publication_id)).collect();
        let picture =
            publication.content.image.as_ref().and_then(|picture| self.page.pictures.get(&picture.id));
        let mut fields = self.context.outbound().fields(publication, &apart, picture.map(String::as_str));
        self.take_contact_out(link, &mut fields);
        fields
    }

    /// What was sent of a contact is taken out when the operator no longer lets it be sent.
    fn take_contact_out(&self, link: &Link, fields: &mut Fields) {
        for name in self.context.outbound().always_ours().into_keys() {
            if link.pushed.0.get(&name).is_some_and(|sent| !sent.is_null()) {
                fields.entry(name).or_insert(Value::Null);
            }
        }
    }

    /// Puts the picture that the fields name into the library. Its name tells its bytes: sending it again changes nothing. Answers
    /// why it was refused: then all else goes without it, until the next version.
    pub(super) async fn send_picture(
        &self,
        fields: &Fields,
        publication: &Publication,
    ) -> Result<Option<String>, Failure> {
        let named = fields.get(self.context.name(Column::Image)).is_some_and(Value::is_string);
        let Some(picture) = publication.content.image.as_ref().filter(|_| named) else { return Ok(None) };
        let Some(name) = self.page.pictures.get(&picture.id) else { return Ok(None) };
        let read = self.context.db.public(None, async |tx| images::store::find(tx, picture.id).await);
        let (_, bytes) = read.await?;
        self.context.check_turn().await?;
        match self.context.site.upload(name, bytes).await {
            Err(Failure::Gone(why) | Failure::Rejected(why) | Failure::Stop(why)) => {
                Ok(Some(format!("its picture was not taken: {why}")))
            }
            done => done.map(|()| None),
        }
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
        if publication.is_some_and(|publication| self.says_the_same(link, publication)) {
            self.settle_as(link, link.version, false);
            return self.save(link).await;
        }
        let mut times = 0;
        loop {
            let names = self.context.own_names(&link.pushed.0);
            let theirs = self.context.site.item(&self.context.schema, item, &names).await?;
            match self.update_once(link, publication, theirs).await {
                Err(Failure::Stale | Failure::Lost(_) | Failure::Again(_)) if times < RACES => {}
                done => return done,
            }
            tokio::time::sleep(self.context.target.pause(times)).await;
            times += 1;
        }
    }

    /// Whether only the list over there is another than before, and not what we say in it: then nothing is asked.
    fn says_the_same(&self, link: &Link, publication: &Publication) -> bool {
        let settled = link.state == LinkState::Synced && !link.withdrawn && link.sending.0.is_empty();
        let sent =
            |(name, value): (&String, &Value)| link.pushed.0.get(name).is_some_and(|sent| same(sent, value));
        settled && link.version == publication.version && self.fields(link, publication).iter().all(sent)
    }

    async fn update_once(
        &self,
        link: &mut Link,
        publication: Option<&Publication>,
        theirs: Item,
    ) -> Result<(), Failure> {
        if !self.context.is_of(&theirs, link) {
            return leave(self.context, link).await;
        }
        // What of ours arrived unanswered counts as sent, before anything else is sent.
        let arrived = arrived(&link.sending.0, &theirs.fields);
        let unanswered = self.changes(&arrived, &link.pushed.0);
        link.pushed.0.extend(arrived);
        let (ours, mut merged) = self.merge(link, publication, &theirs.fields);
        let action = match (publication, merged.conflicts.is_empty()) {
            (None, _) => Action::Withdraw,
            (Some(_), true) => Action::Update,
            (Some(_), false) => Action::Conflict,
        };
        let mut step = Step::of(link.municipality_id, Some(link.project_id), action);
        if let Some(publication) = publication {
            step.error = self.send_picture(&merged.push, publication).await?;
        }
        if step.error.is_some() {
            let picture = self.context.name(Column::Image);
            merged.push.remove(picture);
            merged.base.remove(picture);
        }
        (step.item, step.differences) = (Some(theirs.id), self.changes(&merged.push, &theirs.fields));
        step.differences.extend(unanswered);
        self.send(link, theirs, &merged.push).await?;
        link.sending = Pushed::default();
        // What was sent of other fields, such as what it was inspired by, stays.
        link.pushed.0.extend(if publication.is_some() { merged.base } else { ours });
        link.state = if merged.conflicts.is_empty() { LinkState::Synced } else { LinkState::Conflict };
        link.error = (!merged.conflicts.is_empty()).then(|| "both sides changed a field".to_owned());
        (link.conflicts, link.choices) = (Conflicts(merged.conflicts), Choices::default());
        link.attempts = 0;
        let version = publication.map_or(link.version, |shown| shown.version);
        self.settle_as(link, version, publication.is_none());
        self.save(link).await?;
        let quiet = step.differences.is_empty() && step.error.is_none() && action != Action::Conflict;
        if quiet { Ok(()) } else { self.context.tell(step).await }
    }

    /// What we say, and what is to be done that the item says so.
    fn merge(&self, link: &Link, publication: Option<&Publication>, theirs: &Fields) -> (Fields, Merged) {
        let outbound = self.context.outbound();
        let Some(publication) = publication else {
            // What is taken back is taken back, whatever stands there.
            let ours = outbound.notice(link.project_id, link.municipality_id);
            let merged = merge((theirs, &ours, theirs), self.context.target.conflicts, &link.choices.0);
            return (ours, merged);
        };
        let ours = self.fields(link, publication);
        let mut choices = standing_choices(&link.choices.0, &link.conflicts.0, (&ours, theirs));
        choices.extend(outbound.always_ours());
        let merged = merge((&link.pushed.0, &ours, theirs), self.context.target.conflicts, &choices);
        (ours, merged)
    }

    /// Sends fields of an item, if any. They are kept before: should the answer be lost, what then stands there is our own.
    async fn send(
        &self,
        link: &mut Link,
        Item { id: item, etag, .. }: Item,
        push: &Fields,
    ) -> Result<(), Failure> {
        link.etag = etag;
        if push.is_empty() {
            return Ok(());
        }
        link.sending = Pushed(push.clone());
        self.save(link).await?;
        self.context.check_turn().await?;
        link.etag =
            self.context.site.update(&self.context.schema, (item, link.etag.as_deref()), push).await?;
        Ok(())
    }

    /// Fields that change, without what nobody else is to read.
    pub(super) fn changes(&self, push: &Fields, theirs: &Fields) -> Vec<ItemChange> {
        let hidden = self.context.outbound().always_ours();
        let hide = |mut change: ItemChange| {
            if hidden.contains_key(&change.field) {
                (change.from, change.to) = (Value::Null, Value::from("(kontakt)"));
            }
            change
        };
        changes(push, theirs).into_iter().map(hide).collect()
    }

    pub(super) fn settle_as(&self, link: &mut Link, version: i32, withdrawn: bool) {
        link.version = version;
        link.withdrawn = withdrawn;
        self.mapping.clone_into(&mut link.mapping);
        link.retry_at = None;
    }

    pub(super) async fn save(&self, link: &mut Link) -> Result<(), Failure> {
        match self.context.db.system(async |tx| link_store::save(tx, link, Clock.now()).await).await? {
            Some(saved_at) => {
                link.updated_at = saved_at;
                Ok(())
            }
            None => Err(Failure::Moved),
        }
    }
}
