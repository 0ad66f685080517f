//! Synchronising with KOMINN, now.

use std::{
    io::Write,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::watch;

use crate::{
    config::KominnSync,
    kominn::{Counts, Ended, How, Kominn, Target, Targets},
    node::Record,
};

/// How often progress is told where no terminal shows it.
const SAYING: Duration = Duration::from_secs(10);

/// Runs every site that is named, or all; prints what was done in numbers, or what would be, a line for each thing with its fields.
///
/// # Errors
/// When one could not be brought to its end. The others are run all the same.
pub async fn kominn_sync(options: KominnSync) -> anyhow::Result<()> {
    let KominnSync { kominn, targets: named, dry_run, accept_loss, database } = options;
    let targets = Arc::new(Targets::read(&kominn)?);
    for name in &named {
        ensure!(targets.find(name).is_some(), "{} has no target {name}", kominn.display());
    }
    let how = How { dry: dry_run, asked: true, unbraked: accept_loss };
    Record::with(database, async |record: &Record| {
        let kominn = Kominn::new(record.db.clone(), targets);
        let wanted = |target: &&Target| named.is_empty() || named.contains(&target.name);
        let mut failed = Vec::new();
        for target in kominn.targets().iter().filter(wanted) {
            if let Err(cause) = sync(&kominn, target, how).await {
                writeln!(std::io::stderr(), "{}: {cause:#}", target.name).context("printing")?;
                failed.push(target.name.clone());
            }
        }
        if failed.is_empty() { Ok(()) } else { bail!("not brought to the end: {}", failed.join(", ")) }
    })
    .await
}

async fn sync(kominn: &Kominn, target: &Target, how: How) -> anyhow::Result<()> {
    let (progress, shown) = watch::channel(Counts::default());
    let (ended, ()) = tokio::join!(kominn.run(target, how, progress), show(target.name.clone(), shown));
    let Some(Ended { run, counts, error }) = ended? else { bail!("another process is at it") };
    if how.dry {
        print_steps(kominn, run).await?;
    }
    writeln!(std::io::stdout(), "{}: {}", target.name, summary(&counts)).context("printing")?;
    error.map_or(Ok(()), |why| bail!("stopped: {why}"))
}

async fn print_steps(kominn: &Kominn, run: uuid::Uuid) -> anyhow::Result<()> {
    let mut after = -1;
    loop {
        let (lines, last) = kominn.steps(run, after).await?;
        let Some(last) = last else { return Ok(()) };
        after = last;
        writeln!(std::io::stdout(), "{}", lines.join("\n")).context("printing")?;
    }
}

/// Shows how far a run is, on a terminal.
async fn show(name: String, mut counts: watch::Receiver<Counts>) {
    let progress = ProgressBar::new_spinner().with_prefix(name);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}: {msg}") {
        progress.set_style(style);
    }
    progress.enable_steady_tick(Duration::from_millis(200));
    let mut said = Instant::now();
    while counts.changed().await.is_ok() {
        let now = *counts.borrow_and_update();
        progress.set_message(summary(&now));
        // No terminal: a line now and then.
        if progress.is_hidden() && said.elapsed() > SAYING {
            said = Instant::now();
            tracing::info!(?now, "synchronising");
        }
    }
    progress.finish_and_clear();
}

fn summary(counts: &Counts) -> String {
    let Counts { created, updated, withdrawn, conflicts, failed, gone, imported, vanished, held } = counts;
    format!(
        "{created} created, {updated} updated, {withdrawn} withdrawn, {conflicts} in conflict, {failed} failed, \
         {gone} gone; {imported} imported, {vanished} vanished, {held} held"
    )
}
