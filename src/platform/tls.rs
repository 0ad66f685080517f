//! TLS: a certificate of the operator's, read anew when it changes, so that renewing it needs no restart.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, ensure};
use arc_swap::ArcSwap;
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

const EVERY: Duration = Duration::from_secs(30);

/// A chain and its key, in two files.
#[derive(Debug)]
pub struct Certificates {
    chain: PathBuf,
    key: PathBuf,
    current: ArcSwap<CertifiedKey>,
}

impl Certificates {
    /// Reads the two files.
    ///
    /// # Errors
    /// When one cannot be read, or they do not belong together.
    pub fn read(chain: PathBuf, key: PathBuf) -> anyhow::Result<Self> {
        let current = ArcSwap::from_pointee(load(&chain, &key)?);
        Ok(Self { chain, key, current })
    }

    /// Reads the files anew for ever; the old certificate stays while the new one is not good.
    pub async fn follow(&self) {
        loop {
            tokio::time::sleep(EVERY).await;
            match load(&self.chain, &self.key) {
                Ok(fresh) => self.current.store(Arc::new(fresh)),
                Err(cause) => {
                    tracing::error!(cause = format!("{cause:#}"), "the certificate stays as it was");
                }
            }
        }
    }

    /// TLS 1.2 and 1.3, without client certificates.
    ///
    /// # Errors
    /// When the machine's cryptography lacks these versions.
    pub fn server_config(self: Arc<Self>) -> std::io::Result<ServerConfig> {
        let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().map_err(std::io::Error::other)?;
        Ok(builder.with_no_client_auth().with_cert_resolver(self))
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

fn load(chain: &Path, key: &Path) -> anyhow::Result<CertifiedKey> {
    let certificates = CertificateDer::pem_file_iter(chain).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let certificates = certificates.with_context(|| format!("reading {}", chain.display()))?;
    ensure!(!certificates.is_empty(), "{} has no certificate", chain.display());
    let private = PrivateKeyDer::from_pem_file(key).with_context(|| format!("reading {}", key.display()))?;
    CertifiedKey::from_der(certificates, private, &aws_lc_rs::default_provider())
        .with_context(|| format!("{} and {} do not belong together", chain.display(), key.display()))
}
