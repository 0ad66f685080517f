//! What becomes of a publication when something fails.

use chrono::TimeDelta;

use super::one::One;
use crate::{
    kominn::{
        model::{Action, Link, LinkState, Step},
        sharepoint::Failure,
    },
    platform::clock::Clock,
    publications::Publication,
};

/// How often something may fail before a person must say that it is to be tried again.
const ATTEMPTS: i32 = 20;

impl One<'_> {
    /// What became of a failure: some are of this publication, others of the site.
    pub(super) async fn fail(
        &self,
        mut link: Link,
        failure: Failure,
        publication: Option<&Publication>,
    ) -> Result<bool, Failure> {
        link.error = Some(failure.to_string());
        // What is refused is no sign that the site fails.
        let of_one = matches!(failure, Failure::Rejected(_));
        let action = match failure {
            Failure::Throttled(_) | Failure::Stop(_) | Failure::Record(_) | Failure::Moved => {
                return Err(failure);
            }
            // While a creation is in the air nothing else is known of it, whatever a search says.
            Failure::Rejected(_) if link.state != LinkState::InFlight && publication.is_some() => {
                link.state = LinkState::Rejected;
                let version = publication.map_or(link.version, |shown| shown.version);
                self.settle_as(&mut link, version, false);
                Action::Reject
            }
            // One that is gone is told by the sweep, which knows of all.
            Failure::Rejected(_)
            | Failure::Gone(_)
            | Failure::Again(_)
            | Failure::Busy
            | Failure::Expired
            | Failure::Lost(_)
            | Failure::Stale
            | Failure::Threshold => {
                // It is looked for at once, and told when that fails too.
                if count_attempt(&mut link, &failure) {
                    self.save(&mut link).await?;
                    return Ok(false);
                }
                Action::Fail
            }
        };
        let mut step = Step::of(link.municipality_id, Some(link.project_id), action);
        (step.item, step.error) = (link.item_id, link.error.clone());
        self.save(&mut link).await?;
        self.context.tell(step).await?;
        Ok(of_one || action != Action::Fail)
    }
}

/// One more attempt in vain. A creation whose answer was just lost is looked for at once: true.
fn count_attempt(link: &mut Link, failure: &Failure) -> bool {
    link.attempts += 1;
    let just_lost = link.state == LinkState::InFlight && failure.may_be_done() && link.attempts == 1;
    if link.attempts >= ATTEMPTS {
        link.state = LinkState::Dead;
    }
    link.retry_at = Some(Clock.now() + if just_lost { TimeDelta::zero() } else { pause(link.attempts) });
    just_lost
}

/// How long one waits after so many attempts: from half a minute to an hour.
fn pause(attempts: i32) -> TimeDelta {
    let doubled = u32::try_from(attempts.clamp(1, 8)).unwrap_or(1) - 1;
    TimeDelta::seconds(30 << doubled).min(TimeDelta::hours(1))
}
