//! What the service does in a second, beside what is possible: `cargo bench --bench throughput`.
//!
//! Absolute numbers are noise on shared machines. So each kind of request is measured together with its limit, on
//! the same machine in the same minute: the same bytes from a handler that does nothing, the same queries on
//! Tantivy without a service, the same SQL through pgbench. The ratio is what the bars of `docs/architecture.md`
//! are about. A missed bar is told, and is no error; a request that fails is one.

mod client;
mod corpus;
mod load;
mod progress;
mod random;
mod record;
mod rows;
mod service;
mod stage;
mod table;
mod text;

use std::{
    fs,
    panic::{AssertUnwindSafe, resume_unwind},
    path::PathBuf,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use clap::Parser;
use futures_util::FutureExt;
use glomma::platform::db::embedded::Embedded;
use tokio::signal::{
    ctrl_c,
    unix::{SignalKind, signal},
};

use crate::{
    progress::Progress,
    stage::Scale,
    table::{Outcome, print_growth},
};

/// The service's own, so that a limit does not win or lose by it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures glomma against its limits.
#[derive(Parser)]
struct Options {
    /// How many publications there are
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1_000..))]
    publications: u32,
    /// How many seconds each measurement takes
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// Measure with a tenth of the publications as well, and tell what grows
    #[arg(long)]
    growth: bool,
    /// Given by cargo
    #[arg(long = "bench", hide = true)]
    _bench: bool,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let (publications, duration) =
        (usize::try_from(options.publications)?, Duration::from_secs(options.seconds));
    let progress = Progress::start();
    let small = if options.growth {
        Some(measure(Scale { publications: publications / 10, duration }, &progress).await?)
    } else {
        None
    };
    let full = measure(Scale { publications, duration }, &progress).await?;
    drop(progress);
    for outcome in small.iter().chain([&full]) {
        outcome.print();
    }
    if let Some(small) = small {
        print_growth(&small, &full);
    }
    Ok(())
}

/// Measures on a private cluster, which is stopped and removed however that ends.
async fn measure(scale: Scale, progress: &Progress) -> Result<Outcome> {
    let folder = Scratch::make()?;
    let cluster = Embedded::start(&folder.0.join("record")).await?;
    let work = AssertUnwindSafe(stage::run(&cluster, &folder.0, scale, progress)).catch_unwind();
    let outcome = tokio::select! {
        outcome = work => outcome,
        outcome = interrupted() => Ok(outcome),
    };
    cluster.stop().await?;
    outcome.unwrap_or_else(|panic| resume_unwind(panic))
}

/// Waits until somebody wants this to end.
async fn interrupted() -> Result<Outcome> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    bail!("interrupted")
}

/// A folder of its own, which goes when this does.
struct Scratch(PathBuf);

impl Scratch {
    fn make() -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("glomma-bench-{}", std::process::id()));
        fs::create_dir(&folder).with_context(|| format!("making {}", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left is in the folder for temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}
