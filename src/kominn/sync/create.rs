//! Creating an item: kept before it is sent, looked for when the answer is lost, and never sent twice while it may come to be.

use super::{marks::find_marked, one::One, take::hide, vanish::vanish_hidden};
use crate::{
    kominn::{
        item_store, link_store,
        model::{Action, Link, LinkState, Pushed, Step},
        names::Column,
        sharepoint::{Failure, Fields, Item},
    },
    platform::clock::Clock,
    publications::Publication,
};

/// How often in a row a site may ask us to wait with a creation.
const WAITS: usize = 20;
/// How often one is sent that did not arrive.
const TRIES: u32 = 4;

impl One<'_> {
    pub(super) async fn create(&self, link: &mut Link, publication: &Publication) -> Result<(), Failure> {
        let mut fields = self.fields(link, publication);
        let mut step = Step::of(link.municipality_id, Some(link.project_id), Action::Create);
        step.error = self.send_picture(&fields, publication).await?;
        if step.error.is_some() {
            fields.remove(self.context.name(Column::Image));
        }
        let mut sent = fields.clone();
        sent.extend(self.context.outbound().beginning(link.project_id));
        step.differences = self.changes(&sent, &Fields::new());
        link.pushed = Pushed(fields);
        link.state = LinkState::Pending;
        self.settle_as(link, publication.version, false);
        let item = self.create_once(link, &sent).await?;
        self.take_item(link, item).await?;
        self.context.tell(Step { item: link.item_id, ..step }).await
    }

    /// Sends a creation that is kept as in the air before, and never again while it may come to be.
    async fn create_once(&self, link: &mut Link, sent: &Fields) -> Result<Item, Failure> {
        let (mut expired, mut unheard) = (false, 0);
        for _ in 0..WAITS {
            self.context.site.ready().await?;
            (link.state, link.sent_at) = (LinkState::InFlight, Some(Clock.now()));
            self.save(link).await?;
            self.context.check_turn().await?;
            let failure = match self.context.site.create(&self.context.schema, sent).await {
                Ok(item) => return Ok(item),
                // A conflict may come after it was done, as when something over there changes what is new.
                Err(failure) if failure.may_be_done() => {
                    // It was long on its way, perhaps.
                    link.sent_at = Some(Clock.now());
                    return Err(failure);
                }
                Err(failure) => failure,
            };
            // It was not done.
            (link.state, link.sent_at) = (LinkState::Pending, None);
            self.save(link).await?;
            match failure {
                Failure::Busy => {}
                Failure::Again(_) if unheard < TRIES => {
                    tokio::time::sleep(self.context.target.pause(unheard)).await;
                    unheard += 1;
                }
                Failure::Expired if !expired => expired = true,
                Failure::Expired => return Err(Failure::Stop(failure.to_string())),
                Failure::Gone(why) => return Err(Failure::Stop(format!("the list is not there: {why}"))),
                Failure::Again(_)
                | Failure::Moved
                | Failure::Lost(_)
                | Failure::Rejected(_)
                | Failure::Stale
                | Failure::Threshold
                | Failure::Throttled(_)
                | Failure::Stop(_)
                | Failure::Record(_) => return Err(failure),
            }
        }
        // Enough for this run.
        Err(Failure::Throttled(Clock.now()))
    }

    /// Looks for the item of a creation whose answer was lost. False while it may still come to be.
    pub(super) async fn find(&self, link: &mut Link) -> Result<bool, Failure> {
        let settled = link.sent_at.unwrap_or_else(|| Clock.now()) + self.context.target.settled_after();
        if let Some(item) = find_marked(self.context, link.project_id).await? {
            // What was sent and not answered was made; what a person asked for again was there before.
            let made = !link.pushed.0.is_empty();
            let action = if made { Action::Create } else { Action::Find };
            let mut step = Step::of(link.municipality_id, Some(link.project_id), action);
            step.item = Some(item.id);
            step.differences = self.changes(&link.pushed.0, &Fields::new());
            self.take_item(link, item).await?;
            self.context.tell(step).await?;
            self.hide(link).await?;
            return Ok(true);
        }
        if settled > Clock.now() {
            link.retry_at = Some(settled);
            self.save(link).await?;
            return Ok(false);
        }
        (link.state, link.sent_at, link.retry_at) = (LinkState::Pending, None, None);
        self.save(link).await?;
        Ok(true)
    }

    /// What showed it as another's until now is to go.
    async fn hide(&self, link: &Link) -> Result<(), Failure> {
        let (target, items) = (&self.context.target.name, link.item_id.as_slice());
        let known = self.context.db.system(async |tx| item_store::known(tx, target, items).await).await?;
        for (item, known) in &known {
            hide(self.context, *item, Some(known));
        }
        vanish_hidden(self.context).await.map(drop)
    }

    async fn take_item(&self, link: &mut Link, item: Item) -> Result<(), Failure> {
        let status = item.text(self.context.name(Column::Status));
        link.remote_status = status.map(ToOwned::to_owned).or(link.remote_status.take());
        link.state = LinkState::Synced;
        link.item_id = Some(item.id);
        link.etag = item.etag;
        (link.sent_at, link.retry_at, link.error) = (None, None, None);
        link.attempts = 0;
        let claim = self.context.db.system(async |tx| link_store::claim(tx, link).await);
        claim.await?;
        self.save(link).await
    }
}
