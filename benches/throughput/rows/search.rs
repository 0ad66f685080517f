//! Searching, against the same queries on bare Tantivy.

use std::{
    num::NonZero,
    sync::atomic::{AtomicUsize, Ordering},
    thread::{available_parallelism, scope},
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow};
use tokio::task::block_in_place;

use super::bare_tantivy::BareTantivy;
use crate::{
    client::request,
    corpus::Search,
    load::{WARM_UP, cycle, measure, rate},
    stage::Stage,
    table::{Fact, Limit, Row, milliseconds},
};

/// Searches before they repeat.
const SEARCHES: usize = 2_000;

pub(crate) async fn row(stage: &Stage) -> Result<Row> {
    let searches = stage.corpus.searches(SEARCHES);
    let requests = searches.iter().map(|search| request("GET", &search.path(), "", "")).collect();
    let measured = measure(stage.service.address, stage.duration, cycle(requests)).await?;
    let rate = block_in_place(|| bare_rate(stage, &searches))?;
    let limit = Limit { name: "bare Tantivy", rate };
    Ok(Row { name: "search", measured, limit, bar: 0.5, growth: 3.0 })
}

/// The bars of the time that a search takes by itself.
pub(crate) fn facts(row: &Row) -> [Fact; 2] {
    [
        Fact::at_most("search, half of them within", milliseconds(row.measured.p50), "ms", 2.0),
        Fact::at_most("search, 99 of 100 within", milliseconds(row.measured.p99), "ms", 10.0),
    ]
}

fn bare_rate(stage: &Stage, searches: &[Search]) -> Result<f64> {
    let bare = BareTantivy::build(&stage.folder.join("bare"), &stage.corpus)?;
    run(&bare, searches, WARM_UP)?;
    let begun = Instant::now();
    let count = run(&bare, searches, stage.duration)?;
    rate(count, begun.elapsed())
}

/// Searches on every core; says how often.
fn run(bare: &BareTantivy, searches: &[Search], duration: Duration) -> Result<usize> {
    let (next, until) = (AtomicUsize::new(0), Instant::now() + duration);
    let work = || -> Result<usize> {
        let mut count = 0;
        while Instant::now() < until {
            let nth = next.fetch_add(1, Ordering::Relaxed) % searches.len();
            let Some(search) = searches.get(nth) else { break };
            std::hint::black_box(bare.search(search)?);
            count += 1;
        }
        Ok(count)
    };
    scope(|threads| {
        let cores = available_parallelism().map_or(1, NonZero::get);
        #[expect(clippy::needless_collect, reason = "all of them run before the first is waited for")]
        let running = (0..cores).map(|_| threads.spawn(work)).collect::<Vec<_>>();
        let counts =
            running.into_iter().map(|thread| thread.join().map_err(|_panic| anyhow!("a search panicked"))?);
        counts.sum()
    })
}
