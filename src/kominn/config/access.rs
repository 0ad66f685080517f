//! How a site is reached. Secrets are in files.

use std::path::PathBuf;

use serde::Deserialize;

/// Who we are over there. Secrets are in files.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Auth {
    None,
    /// A token that somebody else renews.
    Bearer {
        token_file: PathBuf,
    },
    /// Entra ID, as the application itself, by its certificate.
    Entra {
        tenant: String,
        client_id: String,
        certificate_file: PathBuf,
        key_file: PathBuf,
        #[serde(default = "authority")]
        authority: String,
    },
    /// On-premises: a request digest for every write, and a service account where one is needed.
    Digest {
        username: Option<String>,
        password_file: Option<PathBuf>,
    },
}

/// KS' idea platform.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Induct {
    /// `https://api.induct.no`
    pub base: String,
    /// The client id, which is the only credential there is.
    pub client_file: PathBuf,
}

fn authority() -> String {
    "https://login.microsoftonline.com".to_owned()
}
