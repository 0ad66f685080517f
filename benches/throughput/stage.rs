//! One run: a private database with as many publications as asked for, a service on it, and every row.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread::available_parallelism,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use glomma::platform::{
    auth::{development::DevelopmentKey, permission::Role},
    clock::Clock,
    db::{embedded::Embedded, provision::provision},
    id::MunicipalityId,
};

use crate::{
    corpus::Corpus,
    progress::Progress,
    record::Record,
    rows::{Pgbench, read, search, spread, write},
    service::{Memory, Service},
    table::{Fact, Outcome, Row},
};

/// How long the token of the measurements is valid.
const TOKEN: Duration = Duration::from_hours(12);
/// What the service may hold, in MiB.
const MEMORY: f64 = 200.0;

/// What a row needs.
pub(crate) struct Stage {
    pub(crate) corpus: Corpus,
    pub(crate) service: Service,
    pub(crate) pgbench: Pgbench,
    /// How long each measurement takes.
    pub(crate) duration: Duration,
    /// For what the run needs on disk.
    pub(crate) folder: PathBuf,
    /// A header, with the end of its line.
    pub(crate) authorization: String,
}

/// The sizes of a run.
#[derive(Clone, Copy)]
pub(crate) struct Scale {
    pub(crate) publications: usize,
    pub(crate) duration: Duration,
}

/// Fills an empty cluster, and measures a service on it that keeps its own data in `folder`.
pub(crate) async fn run(
    cluster: &Embedded,
    folder: &Path,
    scale: Scale,
    progress: &Progress,
) -> Result<Outcome> {
    progress.step(&format!("loading {} publications", scale.publications));
    let (url, corpus) = (provision(cluster).await?, Corpus::new(scale.publications)?);
    let record = Record::connect(&cluster.url("postgres", "glomma")).await?;
    let machine = machine(&record).await?;
    let begun = Instant::now();
    record.fill(&corpus, progress).await?;
    let mut facts = vec![Fact::new("publications loaded in", begun.elapsed().as_secs_f64(), "s")];
    let data = folder.join("node");
    progress.step("building the index");
    facts.extend(build_index(&url, &data).await?);
    let (service, took) = Service::start(&url, &data).await?;
    facts.push(Fact::at_most("ready with an index on disk in", took.as_secs_f64(), "s", 1.0));
    facts.extend(memory(["memory after the start", "  of it allocated"], service.memory().as_ref()));
    let stage = Stage {
        service,
        pgbench: Pgbench { programs: record.programs().await?, url, seconds: scale.duration.as_secs() },
        duration: scale.duration,
        folder: folder.to_owned(),
        authorization: authorization(&data, corpus.home)?,
        corpus,
    };
    let rows = rows(stage, &record, progress, &mut facts).await?;
    Ok(Outcome { publications: scale.publications, rows, facts, machine })
}

/// Starts without an index, and stops again.
async fn build_index(url: &str, data: &Path) -> Result<[Fact; 2]> {
    let (service, took) = Service::start(url, data).await?;
    service.stop().await?;
    let sizes = fs::read_dir(index(data)?)?.map(|file| anyhow::Ok(file?.metadata()?.len()));
    let bytes: u64 = sizes.sum::<Result<_>>()?;
    let size = f64::from(u32::try_from(bytes / 1024)?) / 1024.0;
    Ok([Fact::new("index built in", took.as_secs_f64(), "s"), Fact::new("index on disk", size, "MiB")])
}

/// The folder of the index within a data folder.
fn index(data: &Path) -> Result<PathBuf> {
    let is_index = |folder: &fs::DirEntry| folder.file_name().to_string_lossy().starts_with("index-");
    let mut folders = fs::read_dir(data)?.flatten().filter(is_index);
    Ok(folders.next().context("the service has no index")?.path())
}

fn authorization(data: &Path, municipality: MunicipalityId) -> Result<String> {
    let now = Clock.now();
    let token =
        DevelopmentKey::of(data)?.sign(municipality, &[Role::Coordinator], None, (now, now + TOKEN))?;
    Ok(format!("authorization: Bearer {token}\r\n"))
}

fn memory([all, allocated]: [&'static str; 2], memory: Option<&Memory>) -> Vec<Fact> {
    let Some(Memory { resident, allocated: own }) = memory else { return Vec::new() };
    vec![Fact::at_most(all, *resident, "MiB", MEMORY), Fact::new(allocated, *own, "MiB")]
}

async fn rows(stage: Stage, record: &Record, progress: &Progress, facts: &mut Vec<Fact>) -> Result<Vec<Row>> {
    progress.step("reading publications");
    let read = read::row(&stage).await?;
    progress.step("searching");
    let search = search::row(&stage).await?;
    facts.extend(search::facts(&search));
    progress.step("following lineages");
    facts.extend(spread::facts(&stage, record).await?);
    progress.step("listing projects");
    let list = write::list(&stage).await?;
    progress.step("creating projects");
    let create = write::create(&stage).await?;
    facts.extend(write::audit(&stage, record, &create).await?);
    progress.step("imitating publications");
    let imitate = write::imitate(&stage, &create).await?;
    progress.step("publishing projects");
    let (publish, last) = write::publish(stage, record).await?;
    facts.extend(memory(["memory after the run", "  of it allocated"], last.as_ref()));
    Ok(vec![read, search, list, create, imitate, publish])
}

/// What it was measured on.
async fn machine(record: &Record) -> Result<String> {
    let cores = available_parallelism()?;
    let rustc = Command::new("rustc").arg("--version").current_dir(env!("CARGO_MANIFEST_DIR")).output()?;
    let rustc = String::from_utf8_lossy(&rustc.stdout);
    Ok(format!("{cores} cores, {}, PostgreSQL {}", rustc.trim(), record.version().await?))
}
