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
        /// How the assertion is signed.
        #[serde(default)]
        algorithm: Algorithm,
        /// What the token is for; everything that the application may do at the site's origin, unless set.
        scope: Option<String>,
    },
    /// On-premises: a request digest for every write, and a service account or the cookies of a session where one is needed.
    Digest {
        username: Option<String>,
        password_file: Option<PathBuf>,
        cookie_file: Option<PathBuf>,
    },
}

/// How an assertion is signed (RFC 7518 §3.1).
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub enum Algorithm {
    #[default]
    PS256,
    RS256,
}

impl From<Algorithm> for jsonwebtoken::Algorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::PS256 => Self::PS256,
            Algorithm::RS256 => Self::RS256,
        }
    }
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
