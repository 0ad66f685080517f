//! Serving, from the first connection to the last.

use std::{
    io::Write,
    net::{SocketAddr, TcpListener},
    num::NonZero,
    sync::Arc,
    thread::available_parallelism,
    time::Duration,
};

use actix_web::dev::Server;
use anyhow::Context;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::signal::unix::{SignalKind, signal};

use super::demo;
use crate::{
    config::{Http, Identity, Limits, Serve, Work},
    issuer::Vault,
    kominn::{self, Kominn, Targets},
    node::{Guard, Jobs, Node, Record, Tasks, Trust},
    platform::{
        auth::{development::DevelopmentKey, permission::Role},
        clock::Clock,
        directory,
        limits::Quotas,
        proxies::Proxies,
        public_url::PublicUrl,
        telemetry,
        tls::Certificates,
    },
    server::{self, Outside},
};

/// How often measurements are folded.
const UPKEEP: Duration = Duration::from_secs(5);

/// How long a token that is printed at the start is valid.
const PRINTED_TOKEN: Duration = Duration::from_hours(12);

/// Serves the API until SIGTERM or SIGINT; a second signal ends it at once.
///
/// # Errors
/// When something that the service needs cannot be had; the message says what.
pub async fn serve(options: Serve) -> anyhow::Result<()> {
    let listeners = (listen(options.http.listen)?, listen(options.http.metrics_listen)?);
    let metrics = telemetry::start_metrics()?;
    let tasks = stop_on_signal()?;
    Record::with(options.database.clone(), async move |record| {
        let started =
            tasks.stop_token().run_until_cancelled_owned(Box::pin(start(record, options, &tasks))).await;
        let served = match started {
            Some(Ok(prepared)) => serve_node(prepared, listeners, metrics, &tasks).await,
            Some(Err(cause)) => Err(cause),
            None => Ok(()),
        };
        tasks.stop().await;
        served
    })
    .await?;
    tracing::info!("stopped");
    Ok(())
}

/// What a node is served by.
struct Prepared {
    node: Node,
    http: Http,
    /// What to print once it serves.
    development: Option<DevelopmentKey>,
}

async fn start(record: &Record, options: Serve, tasks: &Tasks) -> anyhow::Result<Prepared> {
    if options.demo {
        demo::load(&record.db).await.context("loading the demonstration data")?;
    }
    let kominn = Arc::new(options.kominn.as_deref().map(Targets::read).transpose()?.unwrap_or_default());
    if !options.no_jobs {
        synchronise(record, &kominn, tasks);
    }
    let jobs = if options.no_jobs { Jobs::Elsewhere } else { Jobs::Here(options.upkeep) };
    let development = options.identity.dev.then(|| DevelopmentKey::of(&record.data)).transpose()?;
    let mut http = options.http;
    let trust = trust(options.identity, &mut http, development.as_ref())?;
    let guard = Guard { kominn, ..guard(options.limits) };
    let node = Node::start(record, (trust, guard), jobs, tasks).await?;
    Ok(Prepared { node, http, development })
}

async fn serve_node(
    prepared: Prepared,
    (api, scrape): (TcpListener, TcpListener),
    metrics: PrometheusHandle,
    tasks: &Tasks,
) -> anyhow::Result<()> {
    let Prepared { node, http, development } = prepared;
    let address = api.local_addr()?;
    let workers = http.workers.map_or_else(cores, usize::from);
    let scheme = http.scheme();
    let tls = http.tls_certificate.zip(http.tls_key).map(|(chain, key)| Certificates::read(chain, key));
    let tls = tls.transpose()?.map(Arc::new);
    if let Some(certificates) = tls.clone() {
        tasks.run(async move { certificates.follow().await });
    }
    let outside = Outside {
        cors_origins: http.cors_origins,
        public_url: http.public_url.unwrap_or_default(),
        security_contact: http.security_contact,
        tls,
    };
    let server = server::serve(api, node, outside, workers, tasks.stop_token())?;
    let scraped = start_scraping(scrape, metrics, tasks)?;
    tracing::info!(%address, "serving");
    if let Some(key) = development {
        welcome(&key, &format!("{scheme}://{address}"))?;
    }
    tokio::try_join!(server, scraped)?;
    Ok(())
}

/// Runs the jobs until SIGTERM or SIGINT.
///
/// # Errors
/// As [`serve`].
pub async fn work(options: Work) -> anyhow::Result<()> {
    let listener = listen(options.metrics_listen)?;
    let metrics = telemetry::start_metrics()?;
    let kominn = Arc::new(options.kominn.as_deref().map(Targets::read).transpose()?.unwrap_or_default());
    let (tasks, jobs) = (stop_on_signal()?, Jobs::Here(options.upkeep));
    Record::with(options.database, async move |record| {
        record.start_jobs(&tasks, jobs);
        synchronise(record, &kominn, &tasks);
        tracing::info!("working");
        let served = start_scraping(listener, metrics, &tasks)?.await;
        tasks.stop().await;
        Ok(served?)
    })
    .await
}

/// Keeps every site in step.
fn synchronise(record: &Record, targets: &Arc<Targets>, tasks: &Tasks) {
    let kominn = Kominn::new(record.db.clone(), targets.clone());
    for target in kominn.targets() {
        tasks.run_to_end(kominn::follow(kominn.clone(), target.clone(), tasks.stop_token()));
    }
}

/// Serves the metrics, and folds what is measured even when nobody reads it: it would pile up.
fn start_scraping(
    listener: TcpListener,
    metrics: PrometheusHandle,
    tasks: &Tasks,
) -> std::io::Result<Server> {
    let upkeep = metrics.clone();
    tasks.run(async move {
        loop {
            tokio::time::sleep(UPKEEP).await;
            upkeep.run_upkeep();
        }
    });
    server::serve_metrics(listener, metrics, tasks.stop_token())
}

/// Bound first, so that an address in use is told before anything is started.
fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).with_context(|| format!("{address} cannot be served"))
}

fn cores() -> usize {
    available_parallelism().map_or(1, NonZero::get)
}

/// Whose tokens are trusted. In development mode everything is there: a key of its own, and the built-in issuer under
/// the address that is served.
fn trust(identity: Identity, http: &mut Http, development: Option<&DevelopmentKey>) -> anyhow::Result<Trust> {
    let mut trust = Trust { issuers: identity.issuers, ..Trust::default() };
    let mut vault = identity.key_file.as_deref().map(Vault::read).transpose()?;
    if let Some(key) = development {
        tracing::warn!("development mode: whoever has the key of the data folder is trusted");
        trust.own.push(key.issuer());
        vault = Some(vault.map_or_else(|| Vault::derived(key.secret()), Ok)?);
        if http.public_url.is_none() {
            http.public_url = format!("{}://{}", http.scheme(), http.listen).parse().ok();
        }
    }
    let name = http.public_url.as_ref().and_then(PublicUrl::configured).map(ToOwned::to_owned);
    trust.built_in = name.zip(vault);
    Ok(trust)
}

fn guard(limits: Limits) -> Guard {
    let quotas = Quotas {
        client: limits.client_limit,
        municipality: limits.municipality_limit,
        address: limits.address_limit,
        tokens: limits.token_limit,
        ..Quotas::default()
    };
    let (proxies, projects) = (Proxies(limits.trusted_proxies), limits.project_limit);
    Guard { quotas, proxies, projects, ..Guard::default() }
}

/// The tasks of this process, stopped by the first signal; the second ends the process.
fn stop_on_signal() -> anyhow::Result<Tasks> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let tasks = Tasks::default();
    let stop = tasks.stop_token();
    let mut signalled = async move || {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    let watch = async move {
        signalled().await;
        tracing::info!("stopping; once more to stop at once");
        stop.cancel();
        signalled().await;
        std::process::exit(130);
    };
    #[expect(clippy::disallowed_methods, reason = "it outlives the tasks to be able to end the process")]
    drop(tokio::spawn(watch));
    Ok(tasks)
}

/// What a newcomer can paste.
fn welcome(key: &DevelopmentKey, address: &str) -> anyhow::Result<()> {
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
