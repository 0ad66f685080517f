//! Waiting for the log to grow, and the bounds on what a process does for its followers at once.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit, watch},
    time::{Instant, timeout_at},
};

use crate::platform::error::{Code, Error, Result};

/// Requests that wait at once; one more is answered without waiting.
const SEATS: usize = 1000;
/// Exports that run at once; one more is told to come back.
const EXPORTS: usize = 4;

/// What the followers of one process share.
pub struct Feed {
    news: watch::Receiver<()>,
    seats: Semaphore,
    exports: Arc<Semaphore>,
}

impl Feed {
    /// `news` is told of every growth of the log, and ends when the process stops.
    pub fn new(news: watch::Receiver<()>) -> Self {
        Self { news, seats: Semaphore::new(SEATS), exports: Arc::new(Semaphore::new(EXPORTS)) }
    }

    /// Begins to wait for at most `time`. Called before the log is read, so that nothing is missed in between.
    pub(super) fn wait(&self, time: Duration) -> Waiting<'_> {
        let seat = if time.is_zero() { None } else { self.seats.try_acquire().ok() };
        let mut news = self.news.clone();
        news.mark_unchanged();
        Waiting { seat, news, until: Instant::now() + time }
    }

    /// Leave to run an export, as long as it is held.
    pub(super) fn export(&self) -> Result<OwnedSemaphorePermit> {
        let leave = self.exports.clone().try_acquire_owned();
        leave.map_err(|_full| Error::new(Code::Unavailable, "Other exports are running. Try again."))
    }
}

/// A request that waits.
pub(super) struct Waiting<'f> {
    seat: Option<SemaphorePermit<'f>>,
    news: watch::Receiver<()>,
    until: Instant,
}

impl Waiting<'_> {
    /// Whether the log grew before the time was over, or the process began to stop.
    pub(super) async fn news(&mut self) -> bool {
        self.seat.is_some() && matches!(timeout_at(self.until, self.news.changed()).await, Ok(Ok(())))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::watch;

    use super::Feed;

    const LONG: Duration = Duration::from_hours(1);

    #[tokio::test]
    async fn news_before_the_wait_is_none_and_news_during_it_is_told() {
        let (tell, news) = watch::channel(());
        let feed = Feed::new(news);
        tell.send_replace(());
        assert!(!feed.wait(Duration::from_millis(20)).news().await);
        let mut waiting = feed.wait(LONG);
        tell.send_replace(());
        assert!(waiting.news().await);
        assert!(!feed.wait(Duration::ZERO).news().await);
    }

    #[tokio::test]
    async fn a_stop_ends_every_wait() {
        let (tell, news) = watch::channel(());
        let feed = Feed::new(news);
        let mut waiting = feed.wait(LONG);
        drop(tell);
        assert!(!waiting.news().await);
        assert!(!feed.wait(LONG).news().await);
    }

    #[tokio::test]
    async fn who_finds_no_seat_does_not_wait_and_who_finds_no_export_is_refused() {
        let (_tell, news) = watch::channel(());
        let feed = Feed::new(news);
        let seated: Vec<_> = (0..super::SEATS).map(|_| feed.wait(LONG)).collect();
        assert!(!feed.wait(LONG).news().await);
        drop(seated);
        assert!(feed.wait(LONG).seat.is_some());
        let running: Vec<_> = (0..super::EXPORTS).map(|_| feed.export().unwrap()).collect();
        assert!(feed.export().is_err());
        drop(running);
        assert!(feed.export().is_ok());
    }
}
