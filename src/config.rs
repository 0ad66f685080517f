//! The configuration: the only reader of the command line and the environment. `--help` is its documentation.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, builder::FalseyValueParser};
use secrecy::{ExposeSecret, SecretString};

use crate::platform::{auth::permission::Role, public_url::PublicUrl, telemetry::LogFormat};

/// Glomma: municipalities publish, search and imitate each other's innovation projects.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub log: Log,
}

/// What the one binary does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the API, and run the jobs
    Serve(Box<Serve>),
    /// Run the jobs only
    Work(Work),
    /// Bring the database to the schema of this binary, and write the reference data
    Migrate(Database),
    /// Print the OpenAPI document
    Openapi,
    /// Sign a development token, which a server in development mode accepts
    Token(Token),
    /// Load the demonstration data
    Demo(Database),
    /// Make an API client of the platform's operator, and print its secret
    Operator(Operator),
    /// The sync with KOMINN
    #[command(subcommand)]
    Kominn(Kominn),
    /// The audit trail
    #[command(subcommand)]
    Audit(Audit),
    /// The search index of this node
    #[command(subcommand)]
    Index(Index),
}

#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    pub database: Database,
    #[command(flatten)]
    pub http: Http,
    #[command(flatten)]
    pub identity: Identity,
    #[command(flatten)]
    pub limits: Limits,
    /// Leave the jobs to `glomma work`
    #[arg(long, env = "GLOMMA_NO_JOBS", value_parser = FalseyValueParser::new())]
    pub no_jobs: bool,
    #[command(flatten)]
    pub upkeep: Upkeep,
    /// A JSON file that lists the KOMINN sites to synchronise with (docs/kominn.md)
    #[arg(long, env = "GLOMMA_KOMINN")]
    pub kominn: Option<PathBuf>,
    /// Load the demonstration data first
    #[arg(long, env = "GLOMMA_DEMO", value_parser = FalseyValueParser::new())]
    pub demo: bool,
}

#[derive(Debug, Args)]
pub struct Work {
    #[command(flatten)]
    pub database: Database,
    /// Where metrics are served
    #[arg(long, env = "GLOMMA_METRICS_LISTEN", default_value = "127.0.0.1:9090")]
    pub metrics_listen: SocketAddr,
    #[command(flatten)]
    pub upkeep: Upkeep,
    /// A JSON file that lists the KOMINN sites to synchronise with (docs/kominn.md)
    #[arg(long, env = "GLOMMA_KOMINN")]
    pub kominn: Option<PathBuf>,
}

/// What the jobs clear away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Args)]
pub struct Upkeep {
    /// How many days the change log is kept
    #[arg(long, env = "GLOMMA_CHANGES_KEEP_DAYS", default_value_t = 365, value_parser = clap::value_parser!(u16).range(1..))]
    pub changes_keep_days: u16,
    /// How many days the audit trail is kept; a checkpoint stays in the place of what is dropped
    #[arg(long, env = "GLOMMA_AUDIT_KEEP_DAYS", default_value_t = 3650, value_parser = clap::value_parser!(u16).range(30..))]
    pub audit_keep_days: u16,
}

/// Where the record is.
#[derive(Clone, Debug, Args)]
pub struct Database {
    /// The data folder: the search index, the development key, and the embedded PostgreSQL
    #[arg(long, env = "GLOMMA_DATA", default_value = "data")]
    pub data: PathBuf,
    /// A PostgreSQL server, 15 or newer; without it an embedded one runs in the data folder
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<SecretString>,
    /// The most connections that this process opens to the database
    #[arg(long, env = "GLOMMA_DATABASE_CONNECTIONS", default_value_t = 16, value_parser = clap::value_parser!(u16).range(2..=500))]
    pub database_connections: u16,
}

impl Database {
    /// The address of the server; none for the embedded one. An empty variable is as good as none.
    pub fn server(&self) -> Option<&SecretString> {
        self.database_url.as_ref().filter(|url| !url.expose_secret().is_empty())
    }
}

#[derive(Clone, Debug, Args)]
pub struct Http {
    /// Where the API is served
    #[arg(long, env = "GLOMMA_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Where metrics are served
    #[arg(long, env = "GLOMMA_METRICS_LISTEN", default_value = "127.0.0.1:9090")]
    pub metrics_listen: SocketAddr,
    /// Threads that serve requests; one per core unless set
    #[arg(long, env = "GLOMMA_WORKERS", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub workers: Option<u16>,
    /// A web origin that browsers may call from (repeat, or separate by comma)
    #[arg(long = "cors-origin", env = "GLOMMA_CORS_ORIGINS", value_delimiter = ',', value_parser = origin)]
    pub cors_origins: Vec<String>,
    /// The address by which others reach the API, such as `https://api.example`; feeds need it in their links
    #[arg(long, env = "GLOMMA_PUBLIC_URL")]
    pub public_url: Option<PublicUrl>,
    /// The certificate chain to serve TLS by, in PEM; read anew when it changes. Without it a proxy ends TLS
    #[arg(long, env = "GLOMMA_TLS_CERTIFICATE", requires = "tls_key")]
    pub tls_certificate: Option<PathBuf>,
    /// The private key of the certificate, in PEM
    #[arg(long, env = "GLOMMA_TLS_KEY", requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,
    /// Whom to tell of a weakness, for `security.txt`: an address such as `mailto:sikkerhet@kommune.example`
    #[arg(long, env = "GLOMMA_SECURITY_CONTACT", value_parser = contact)]
    pub security_contact: Option<String>,
}

impl Http {
    /// How the API is spoken to.
    pub fn scheme(&self) -> &'static str {
        if self.tls_certificate.is_some() { "https" } else { "http" }
    }
}

/// RFC 9116 §2.5.3: a URI.
fn contact(text: &str) -> Result<String, &'static str> {
    let known = ["mailto:", "https://", "tel:"].iter().any(|scheme| text.starts_with(scheme));
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    if known && plain { Ok(text.to_owned()) } else { Err("must begin with mailto:, https:// or tel:") }
}

/// An origin as browsers send it: scheme, host and perhaps port (RFC 6454 §6.1).
fn origin(text: &str) -> Result<String, &'static str> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    if host.is_empty() || host.contains(['/', '*', ' ']) {
        return Err("must be like https://portal.example");
    }
    Ok(text.to_owned())
}

/// How much each caller may take.
#[derive(Clone, Debug, Args)]
pub struct Limits {
    /// Requests a minute of each client, over all nodes; 0 for no limit
    #[arg(long, env = "GLOMMA_CLIENT_LIMIT", default_value_t = 3000)]
    pub client_limit: u32,
    /// Requests a minute of all clients of a municipality, over all nodes; 0 for no limit
    #[arg(long, env = "GLOMMA_MUNICIPALITY_LIMIT", default_value_t = 12_000)]
    pub municipality_limit: u32,
    /// Requests a minute of each address without a token, on each node; 0 for no limit
    #[arg(long, env = "GLOMMA_ADDRESS_LIMIT", default_value_t = 3000)]
    pub address_limit: u32,
    /// Tokens a minute for each client, over all nodes, and ten times as many requests of each address; 0 for no limit
    #[arg(long, env = "GLOMMA_TOKEN_LIMIT", default_value_t = 60)]
    pub token_limit: u32,
    /// The projects that a municipality may have; 0 for no limit
    #[arg(long, env = "GLOMMA_PROJECT_LIMIT", default_value_t = 20_000)]
    pub project_limit: u32,
    /// A network of proxies that say truly from where a request comes (repeat, or separate by comma)
    #[arg(long = "trusted-proxy", env = "GLOMMA_TRUSTED_PROXIES", value_delimiter = ',')]
    pub trusted_proxies: Vec<ipnet::IpNet>,
}

/// Whose tokens are accepted.
#[derive(Clone, Debug, Args)]
pub struct Identity {
    /// A JSON file that lists the trusted issuers (docs/operations.md)
    #[arg(long, env = "GLOMMA_ISSUERS")]
    pub issuers: Option<PathBuf>,
    /// The key under which the built-in issuer keeps its own, 32 bytes in base64; without it there is no built-in issuer
    #[arg(long, env = "GLOMMA_KEY_FILE", requires = "public_url")]
    pub key_file: Option<PathBuf>,
    /// Development mode: accept the tokens of `glomma token`. Never on a server that others reach
    #[arg(long, env = "GLOMMA_DEV", value_parser = FalseyValueParser::new())]
    pub dev: bool,
}

#[derive(Debug, Args)]
pub struct Token {
    /// The municipality, by name or organisation number
    #[arg(long, required_unless_present = "operator")]
    pub municipality: Option<String>,
    /// Its roles
    #[arg(long = "role", required_unless_present = "operator", value_delimiter = ',')]
    pub roles: Vec<Role>,
    /// For the operator of the platform, instead of a municipality
    #[arg(long, conflicts_with_all = ["municipality", "roles", "scope"])]
    pub operator: bool,
    /// Scopes to narrow the roles to, separated by space
    #[arg(long)]
    pub scope: Option<String>,
    /// How many minutes it is valid
    #[arg(long, default_value_t = 12 * 60, value_parser = clap::value_parser!(u16).range(1..))]
    pub minutes: u16,
    /// The data folder of the server
    #[arg(long, env = "GLOMMA_DATA", default_value = "data")]
    pub data: PathBuf,
}

#[derive(Debug, Subcommand)]
pub enum Index {
    /// Build it anew from the record
    Rebuild(Database),
    /// Compare it with the record, and say what differs
    Verify(Database),
}

#[derive(Debug, Subcommand)]
pub enum Kominn {
    /// Synchronise now, and say what was done
    Sync(KominnSync),
}

#[derive(Debug, Args)]
pub struct KominnSync {
    /// A JSON file that lists the sites (docs/kominn.md)
    #[arg(long, env = "GLOMMA_KOMINN")]
    pub kominn: PathBuf,
    /// Only this site (repeat, or separate by comma); all of them otherwise
    #[arg(long = "target", value_delimiter = ',')]
    pub targets: Vec<String>,
    /// Change nothing, and say what would be changed, field by field
    #[arg(long)]
    pub dry_run: bool,
    /// Also when an unusual share of what is there would vanish
    #[arg(long)]
    pub accept_loss: bool,
    #[command(flatten)]
    pub database: Database,
}

#[derive(Debug, Args)]
pub struct Operator {
    /// What the client is called
    #[arg(long, default_value = "operator")]
    pub name: String,
    #[command(flatten)]
    pub database: Database,
}

#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Follow every chain, and say what was changed, removed, added or moved
    Verify(AuditVerify),
}

#[derive(Debug, Args)]
pub struct AuditVerify {
    #[command(flatten)]
    pub database: Database,
    /// Follow an exported chain (`GET /v1/audit/export`) instead, without a database
    #[arg(long)]
    pub export: Option<PathBuf>,
    /// An entry that was noted before and must be in the export: its position, a colon, and its hash
    #[arg(long, requires = "export")]
    pub known: Option<String>,
}

/// What is logged, and how.
#[derive(Clone, Debug, Args)]
pub struct Log {
    /// Which messages: a level, or target=level separated by comma
    #[arg(long = "log", env = "GLOMMA_LOG", default_value = "info,actix_server=warn", global = true)]
    pub filter: String,
    /// How a message looks
    #[arg(long = "log-format", env = "GLOMMA_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, global = true)]
    pub format: LogFormat,
}
