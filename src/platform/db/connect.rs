//! One connection: TLS where the address asks for it, and limits on how long it may be busy.

use std::sync::Arc;

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use rustls::{ClientConfig, crypto::aws_lc_rs};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_postgres::{Config, NoTls, config::SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

/// A statement ends after 15 s, a wait for a lock after 5 s, a forgotten transaction after 60 s.
const LIMITS: &str = "SET statement_timeout = '15s'; SET lock_timeout = '5s'; \
     SET idle_in_transaction_session_timeout = '60s'; SET application_name = 'glomma'";

/// What a commit appends to the audit trail, parsed and planned once a connection.
const AUDIT: &str =
    "PREPARE audit (text, text) AS INSERT INTO audit_pending (chain, entry) VALUES ($1, decode($2, 'hex'))";

/// Opens a connection for requests and jobs.
pub(super) async fn open(url: &str) -> ConnectionResult<AsyncPgConnection> {
    let mut conn = open_unlimited(url).await?;
    set_limits(&mut conn).await?;
    prepare_audit(&mut conn).await?;
    Ok(conn)
}

/// A database that lacks the table is refused by the check of its schema, in better words.
#[expect(clippy::disallowed_methods, reason = "this is platform/db")]
async fn prepare_audit(conn: &mut AsyncPgConnection) -> ConnectionResult<()> {
    match conn.batch_execute(AUDIT).await {
        Err(cause) if !cause.to_string().contains("does not exist") => {
            Err(ConnectionError::CouldntSetupConfiguration(cause))
        }
        _ => Ok(()),
    }
}

#[expect(clippy::disallowed_methods, reason = "this is platform/db")]
async fn set_limits(conn: &mut AsyncPgConnection) -> ConnectionResult<()> {
    conn.batch_execute(LIMITS).await.map_err(ConnectionError::CouldntSetupConfiguration)
}

/// Opens a connection that may take its time: for migrations and for listening.
pub(super) async fn open_unlimited(url: &str) -> ConnectionResult<AsyncPgConnection> {
    let config: Config = url.parse().map_err(bad)?;
    if config.get_ssl_mode() == SslMode::Disable {
        let (client, connection) = config.connect(NoTls).await.map_err(bad)?;
        return AsyncPgConnection::try_from_client_and_connection(client, connection).await;
    }
    let (client, connection) = config.connect(MakeRustlsConnect::new(tls()?)).await.map_err(bad)?;
    AsyncPgConnection::try_from_client_and_connection(client, connection).await
}

/// Servers are checked against the machine's own certificates.
fn tls() -> ConnectionResult<ClientConfig> {
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(bad)?;
    Ok(builder.with_platform_verifier().map_err(bad)?.with_no_client_auth())
}

/// The whole chain of causes, because the outermost says only "error connecting to server".
fn bad(cause: impl Into<anyhow::Error>) -> ConnectionError {
    ConnectionError::BadConnection(format!("{:#}", cause.into()))
}
