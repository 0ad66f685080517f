//! What the private keys are kept under: the key of the key file, which is not in the record.

use std::path::Path;

use anyhow::{Context, ensure};
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    digest::{SHA256, digest},
};
use base64::{Engine, engine::general_purpose::STANDARD};

/// Keys of 256 bits: the first seals, all of them open, so that the key file can be changed too.
pub struct Vault(Vec<RandomizedNonceKey>);

impl Vault {
    /// Reads a key file: a key of 32 bytes in base64 on each line.
    ///
    /// # Errors
    /// When it cannot be read, or a key is of another length.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        Self::parse(&text).with_context(|| path.display().to_string())
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let keys = lines.map(|line| Self::key(&STANDARD.decode(line).context("a key is not base64")?));
        let keys = keys.collect::<anyhow::Result<Vec<_>>>()?;
        ensure!(!keys.is_empty(), "there is no key");
        Ok(Self(keys))
    }

    /// A vault for development, whose key follows from another secret.
    ///
    /// # Errors
    /// None, for a digest is as long as a key.
    pub fn derived(secret: &[u8]) -> anyhow::Result<Self> {
        let key = digest(&SHA256, &[b"glomma vault\n", secret].concat());
        Ok(Self(vec![Self::key(key.as_ref())?]))
    }

    fn key(bytes: &[u8]) -> anyhow::Result<RandomizedNonceKey> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, bytes).ok();
        key.context("a key must have 32 bytes: openssl rand -base64 32")
    }

    /// Seals bytes, bound to a name.
    pub(super) fn seal(&self, name: &str, bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
        let mut sealed = bytes.to_vec();
        let key = self.0.first().context("a vault has a key")?;
        let nonce = key.seal_in_place_append_tag(Aad::from(name.as_bytes()), &mut sealed).ok();
        sealed.extend_from_slice(nonce.context("sealing a key")?.as_ref());
        Ok(sealed)
    }

    /// Opens what was sealed under the name by one of the keys.
    pub(super) fn open(&self, name: &str, sealed: &[u8]) -> anyhow::Result<Vec<u8>> {
        let at = sealed.len().checked_sub(NONCE_LEN).context("too short")?;
        let (sealed, nonce) = sealed.split_at_checked(at).context("too short")?;
        let open = |key: &RandomizedNonceKey| {
            let (nonce, mut bytes) = (Nonce::try_assume_unique_for_key(nonce).ok()?, sealed.to_vec());
            key.open_in_place(nonce, Aad::from(name.as_bytes()), &mut bytes).ok().map(|open| open.to_vec())
        };
        self.0.iter().find_map(open).context("the key file does not open this key")
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;

    use super::{STANDARD, Vault};

    #[test]
    fn what_is_sealed_opens_under_its_name_by_an_old_key_too_and_not_otherwise() {
        let [one, two] = [[1_u8; 32], [2; 32]].map(|key| STANDARD.encode(key));
        let old = Vault::parse(&one).unwrap();
        let sealed = old.seal("kid", b"secret").unwrap();
        let new = Vault::parse(&format!("{two}\n{one}\n")).unwrap();
        assert_eq!(new.open("kid", &sealed).unwrap(), b"secret");
        assert!(new.open("other", &sealed).is_err());
        assert!(Vault::parse(&two).unwrap().open("kid", &sealed).is_err());
        assert!(Vault::parse("c2hvcnQ=").is_err() && Vault::parse("\n").is_err());
    }
}
