//! The HTTP server: routes composed of the features', and the layers around them.

use std::{net::TcpListener, sync::Arc, time::Duration};

use actix_cors::Cors;
use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::Server,
    http::header,
    middleware::{Compress, from_fn},
    web::{self, Bytes, Data, PathConfig},
};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;
use utoipa_actix_web::AppExt;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::{
    fallback::Paths,
    node::Node,
    openapi,
    platform::{admission::admit, edge::edge, error::Error, public_url::PublicUrl, tls::Certificates},
    routes::routes,
    security_txt::Contact,
};

/// How long requests may take to finish when the server stops, in seconds.
const GRACE: u64 = 20;

/// How the service is seen from elsewhere.
#[derive(Clone, Default)]
pub struct Outside {
    /// The web origins that browsers may call from.
    pub cors_origins: Vec<String>,
    pub public_url: PublicUrl,
    /// Whom to tell of a weakness: the line `Contact` of `security.txt`.
    pub security_contact: Option<String>,
    pub tls: Option<Arc<Certificates>>,
}

/// Serves a node until `stop` is cancelled; then lets what runs finish.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve(
    listener: TcpListener,
    node: Node,
    outside: Outside,
    workers: usize,
    stop: CancellationToken,
) -> std::io::Result<Server> {
    let document = openapi::document();
    let paths = Data::new(Paths::of(&document));
    let Outside { cors_origins, public_url, security_contact, tls } = outside;
    let contact = Data::new(Contact(security_contact));
    let public_url = Data::new(public_url);
    let document = Bytes::from(document.to_string());
    let server = HttpServer::new(move || {
        let document = document.clone();
        // Runs once on each thread. A pool opens nothing yet, so it is built or nothing is.
        let state = node.state.of_this_thread(workers).unwrap_or_else(|cause| {
            tracing::error!(cause = format!("{cause:#}"), "a thread shares the connections of the others");
            node.state.as_ref().clone()
        });
        App::new()
            .into_utoipa_app()
            .app_data(Data::new(state))
            .app_data(Data::from(node.engine.clone()))
            .app_data(Data::from(node.cache.clone()))
            .app_data(Data::from(node.feed.clone()))
            .app_data(Data::new(node.issuer.clone()))
            .app_data(Data::from(node.quota.clone()))
            .app_data(Data::from(node.kominn.clone()))
            .app_data(paths.clone())
            .app_data(public_url.clone())
            .app_data(contact.clone())
            .app_data(PathConfig::default().error_handler(|_, _| Error::not_found().into()))
            .configure(routes)
            .into_app()
            .route("/openapi.json", web::get().to(move || std::future::ready(serve_document(&document))))
            .service(SwaggerUi::new("/docs/{_:.*}").config(Config::new(["/openapi.json"])))
            .service(web::redirect("/docs", "/docs/"))
            .service(web::redirect("/", "/docs/"))
            .default_service(web::to(async |request: HttpRequest, paths: Data<Paths>| paths.answer(&request)))
            .wrap(Compress::default())
            .wrap(from_fn(admit))
            .wrap(from_fn(edge))
            .wrap(cors(&cors_origins))
    });
    let server = server
        .workers(workers)
        .disable_signals()
        .shutdown_timeout(GRACE)
        .shutdown_signal(stop.cancelled_owned());
    let server = server.client_request_timeout(Duration::from_secs(10));
    Ok(match tls {
        Some(certificates) => server.listen_rustls_0_23(listener, certificates.server_config()?)?.run(),
        None => server.listen(listener)?.run(),
    })
}

fn serve_document(document: &Bytes) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(document.clone())
}

/// Browsers of the configured origins may call, and read the headers that the API speaks by.
fn cors(origins: &[String]) -> Cors {
    let cors = origins.iter().fold(Cors::default(), |cors, origin| cors.allowed_origin(origin));
    cors.allow_any_method()
        .allowed_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            header::ACCEPT_LANGUAGE,
            header::HeaderName::from_static("idempotency-key"),
            header::HeaderName::from_static("glomma-municipality"),
        ])
        .expose_headers([
            header::ETAG,
            header::LINK,
            header::LOCATION,
            header::RETRY_AFTER,
            header::HeaderName::from_static("x-request-id"),
            header::HeaderName::from_static("idempotency-replayed"),
            header::HeaderName::from_static("ratelimit"),
            header::HeaderName::from_static("ratelimit-policy"),
        ])
        .max_age(3600)
}

/// Serves the metrics, on a port that the public does not reach.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve_metrics(
    listener: TcpListener,
    metrics: PrometheusHandle,
    stop: CancellationToken,
) -> std::io::Result<Server> {
    let server = HttpServer::new(move || {
        let metrics = metrics.clone();
        let answer = move || {
            let text = metrics.render();
            async move { HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(text) }
        };
        App::new().route("/metrics", web::get().to(answer))
    });
    Ok(server.workers(1).disable_signals().shutdown_signal(stop.cancelled_owned()).listen(listener)?.run())
}
