//! Not asking before one may: what a site said of that holds for every request to it, and for the next process too.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Response, StatusCode, header};

use super::failure::Failure;
use crate::{
    kominn::target_store,
    platform::{clock::Clock, db::Db},
};

/// A run waits no longer than this, and leaves the rest to the next.
const LONGEST: TimeDelta = TimeDelta::minutes(5);
/// How long one waits when it asks for a time that cannot be read.
const A_WHILE: TimeDelta = TimeDelta::seconds(30);
/// Its clock and ours are not one.
const MARGIN: TimeDelta = TimeDelta::milliseconds(200);

pub(crate) struct Pace {
    db: Db,
    target: String,
    until: Mutex<Option<DateTime<Utc>>>,
    /// How often in a row it asked to wait without saying how long.
    unsaid: AtomicU32,
}

impl Pace {
    pub(crate) fn new(db: Db, target: &str, until: Option<DateTime<Utc>>) -> Self {
        Self { db, target: target.to_owned(), until: Mutex::new(until), unsaid: AtomicU32::new(0) }
    }

    /// How long an answer asks to wait: as it says, and ever longer when it does not say.
    pub(super) fn asked(&self, response: &Response) -> Option<TimeDelta> {
        let said = wait(response);
        if said.is_some() || response.status() != StatusCode::TOO_MANY_REQUESTS {
            self.unsaid.store(0, Ordering::Relaxed);
            return said;
        }
        Some(TimeDelta::seconds(1 << self.unsaid.fetch_add(1, Ordering::Relaxed).min(5)))
    }

    /// Waits until the site may be asked.
    pub(super) async fn wait(&self) -> Result<(), Failure> {
        while let Some(until) = self.until() {
            let left = until - Clock.now();
            if left > LONGEST {
                return Err(Failure::Throttled(until));
            }
            let Ok(left) = left.to_std() else { return Ok(()) };
            tokio::time::sleep(left.max(Duration::from_millis(1))).await;
        }
        Ok(())
    }

    /// What it said is kept before anything else is done: whoever comes after us keeps to it.
    pub(super) async fn block(&self, wait: TimeDelta) -> Result<(), Failure> {
        let until = Clock.now() + wait + MARGIN;
        let seconds = i32::try_from((wait.num_milliseconds() + 999) / 1000).unwrap_or(i32::MAX);
        if let Ok(mut known) = self.until.lock() {
            *known = Some(until);
        }
        let target = &self.target;
        metrics::counter!("glomma_kominn_throttled", "target" => target.clone()).increment(1);
        Ok(self.db.system(async |tx| target_store::block(tx, target, until, seconds).await).await?)
    }

    fn until(&self) -> Option<DateTime<Utc>> {
        self.until.lock().ok().and_then(|until| *until).filter(|until| *until > Clock.now())
    }
}

/// How long an answer asks to wait; when it asks and cannot be read, a while.
pub(super) fn wait(response: &Response) -> Option<TimeDelta> {
    let throttled =
        [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE].contains(&response.status());
    let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    let asked = text(header::RETRY_AFTER).filter(|_| throttled)?;
    Some(retry_after(asked, text(header::DATE)).unwrap_or(A_WHILE))
}

/// How long `Retry-After` asks to wait (RFC 9110 §10.2.3): seconds, or a date, which counts from the server's own clock.
fn retry_after(text: &str, date: Option<&str>) -> Option<TimeDelta> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(TimeDelta::seconds(text.parse::<u32>().unwrap_or(u32::MAX).into()));
    }
    let at = DateTime::parse_from_rfc2822(text).ok()?.with_timezone(&Utc);
    let said_at = date.and_then(|date| DateTime::parse_from_rfc2822(date.trim()).ok());
    // The date is a whole second, of which up to one has passed: the later of both clocks is on the safe side.
    let now = said_at.map_or_else(|| Clock.now(), |date| date.with_timezone(&Utc).min(Clock.now()));
    Some((at - now).max(TimeDelta::zero()))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::retry_after;

    #[test]
    fn a_wait_is_told_by_seconds_or_by_a_date() {
        assert_eq!(retry_after("120", None), Some(TimeDelta::seconds(120)));
        assert_eq!(retry_after("99999999999", None), Some(TimeDelta::seconds(u32::MAX.into())));
        let date = Some("Fri, 27 Feb 2026 10:00:00 GMT");
        assert_eq!(retry_after("Fri, 27 Feb 2026 10:01:40 GMT", date), Some(TimeDelta::seconds(100)));
        assert_eq!(retry_after("Fri, 27 Feb 2026 09:00:00 GMT", date), Some(TimeDelta::zero()));
        for wrong in ["", "soon", "-1", "1.5"] {
            assert_eq!(retry_after(wrong, None), None, "{wrong}");
        }
    }
}
