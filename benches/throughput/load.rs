//! Sending requests as fast as they are answered.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use tokio::task::JoinSet;

use crate::client::Connection;

/// Connections that send at the same time when the rate is measured.
pub(crate) const CONNECTIONS: usize = 16;
pub(crate) const WARM_UP: Duration = Duration::from_secs(1);

/// The requests, by number: none twice, unless it is meant to be. Nothing when there are no more.
pub(crate) type Requests = Arc<dyn Fn(usize) -> Option<Vec<u8>> + Send + Sync>;

pub(crate) struct Measured {
    /// Requests per second, of all connections.
    pub(crate) rate: f64,
    /// How long a request takes when it is alone.
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

/// These requests, again and again.
pub(crate) fn cycle(requests: Vec<Vec<u8>>) -> Requests {
    Arc::new(move |nth: usize| requests.get(nth % requests.len().max(1)).cloned())
}

/// Measures the rate on many connections, then the time on one.
pub(crate) async fn measure(address: SocketAddr, duration: Duration, requests: Requests) -> Result<Measured> {
    let load = Load { address, requests, next: Arc::default() };
    load.run(CONNECTIONS, WARM_UP).await?;
    let begun = Instant::now();
    let together = load.run(CONNECTIONS, duration).await?;
    let rate = rate(together.len(), begun.elapsed())?;
    let mut alone = load.run(1, duration).await?;
    alone.sort_unstable();
    Ok(Measured { rate, p50: percentile(&alone, 50), p99: percentile(&alone, 99) })
}

/// How many a second.
pub(crate) fn rate(count: usize, took: Duration) -> Result<f64> {
    Ok(f64::from(u32::try_from(count)?) / took.as_secs_f64())
}

fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    sorted.get(sorted.len() * percent / 100).copied().unwrap_or_default()
}

#[derive(Clone)]
struct Load {
    address: SocketAddr,
    requests: Requests,
    /// The number of the next request; it goes on from one run to the next.
    next: Arc<AtomicUsize>,
}

impl Load {
    /// How long each request took.
    async fn run(&self, connections: usize, duration: Duration) -> Result<Vec<Duration>> {
        let until = Instant::now() + duration;
        let mut tasks = JoinSet::new();
        for _ in 0..connections {
            tasks.spawn(self.clone().send(until));
        }
        let mut all = Vec::new();
        while let Some(took) = tasks.join_next().await {
            all.extend(took??);
        }
        Ok(all)
    }

    async fn send(self, until: Instant) -> Result<Vec<Duration>> {
        let mut connection = Connection::open(self.address).await?;
        let mut all = Vec::new();
        while Instant::now() < until {
            let Some(request) = (self.requests)(self.next.fetch_add(1, Ordering::Relaxed)) else { break };
            let begun = Instant::now();
            let answer = connection.send(&request).await?;
            all.push(begun.elapsed());
            let asked = || {
                String::from_utf8_lossy(&request).lines().next().map(ToOwned::to_owned).unwrap_or_default()
            };
            answer.check().with_context(asked)?;
        }
        Ok(all)
    }
}
