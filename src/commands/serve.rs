//! Serving, from the first connection to the last.

use std::{io::Write, net::TcpListener, num::NonZero, thread::available_parallelism, time::Duration};

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

use super::demo;
use crate::{
    config::{Http, Identity, Serve, Work},
    node::{Jobs, Node, Record, Tasks},
    platform::{
        auth::{
            development::DevelopmentKey,
            issuer::{self, Issuer},
            permission::Role,
        },
        clock::Clock,
        directory, telemetry,
    },
    server,
};

/// How long a token that is printed at the start is valid.
const PRINTED_TOKEN: Duration = Duration::from_hours(12);

/// Serves the API until SIGTERM or SIGINT; a second signal ends it at once.
///
/// # Errors
/// When something that the service needs cannot be had; the message says what.
pub async fn serve(options: Serve) -> anyhow::Result<()> {
    let listener = listen(&options.http)?;
    let metrics = telemetry::start_metrics()?;
    let record = Record::open(options.database).await?;
    if options.demo {
        demo::load(&record.db).await.context("loading the demonstration data")?;
    }
    let tasks = Tasks::default();
    let issuers = issuers(&options.identity, &record)?;
    let jobs = if options.no_jobs { Jobs::Elsewhere } else { Jobs::Here };
    let node = Node::start(&record, issuers, jobs, &tasks).await?;
    let (api, scrape) =
        (listener, TcpListener::bind(options.http.metrics_listen).context("the metrics port")?);
    let address = api.local_addr()?;
    let workers = options.http.workers.map_or_else(cores, usize::from);
    let stop = tasks.stop_token();
    let server = server::serve(api, node, options.http.cors_origins, workers, stop.clone())?;
    let scraped = server::serve_metrics(scrape, metrics, stop)?;
    tracing::info!(%address, "serving");
    if options.identity.dev {
        welcome(&record, &format!("http://{address}"))?;
    }
    let stopping = stop_on_signal(tasks.clone());
    let (served, scraped, ()) = tokio::join!(server, scraped, stopping);
    served.and(scraped)?;
    record.close().await?;
    tracing::info!("stopped");
    Ok(())
}

/// Runs the jobs until SIGTERM or SIGINT.
///
/// # Errors
/// As [`serve`].
pub async fn work(options: Work) -> anyhow::Result<()> {
    let listener = TcpListener::bind(options.metrics_listen).context("the metrics port")?;
    let metrics = telemetry::start_metrics()?;
    let record = Record::open(options.database).await?;
    let tasks = Tasks::default();
    record.start_jobs(&tasks, Jobs::Here);
    let scraped = server::serve_metrics(listener, metrics, tasks.stop_token())?;
    tracing::info!("working");
    let (scraped, ()) = tokio::join!(scraped, stop_on_signal(tasks));
    scraped?;
    record.close().await
}

/// Bound first, so that an address in use is told before anything is started.
fn listen(http: &Http) -> anyhow::Result<TcpListener> {
    TcpListener::bind(http.listen).with_context(|| format!("{} cannot be served", http.listen))
}

fn cores() -> usize {
    available_parallelism().map_or(1, NonZero::get)
}

fn issuers(identity: &Identity, record: &Record) -> anyhow::Result<Vec<Issuer>> {
    let mut issuers = identity.issuers.as_deref().map(issuer::read).transpose()?.unwrap_or_default();
    if identity.dev {
        tracing::warn!("development mode: whoever has the key of the data folder is trusted");
        issuers.push(DevelopmentKey::of(&record.data)?.issuer());
    }
    Ok(issuers)
}

async fn stop_on_signal(tasks: Tasks) {
    if let Err(cause) = signalled().await {
        tracing::error!(%cause, "signals cannot be received");
    }
    tracing::info!("stopping; once more to stop at once");
    let hurried = async {
        if signalled().await.is_ok() {
            std::process::exit(130);
        }
    };
    tokio::select! {
        () = tasks.stop() => {}
        () = hurried => {}
    }
}

async fn signalled() -> std::io::Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// What a newcomer can paste.
fn welcome(record: &Record, address: &str) -> anyhow::Result<()> {
    let key = DevelopmentKey::of(&record.data)?;
    let now = Clock.now();
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nGlomma serves {address}; its documentation is {address}/docs/\n\nPaste these:\n")?;
    for name in ["Fredrikstad", "Sarpsborg"] {
        let municipality = directory::seeded(name)?.context("the reference data lacks a municipality")?;
        let token = key.sign(municipality, &[Role::Coordinator], None, (now, now + PRINTED_TOKEN))?;
        writeln!(out, "{}={token}", name.to_uppercase())?;
    }
    writeln!(out, "curl '{address}/v1/publications?q=fallsensor'")?;
    writeln!(out, "curl -H \"Authorization: Bearer $FREDRIKSTAD\" {address}/v1/projects\n")?;
    Ok(out.flush()?)
}
