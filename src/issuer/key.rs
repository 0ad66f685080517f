//! Signing keys: ES256 (RFC 7518 §3.4), made here.

use anyhow::Context;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header, encode,
    jwk::{Jwk, KeyAlgorithm, PublicKeyUse},
};
use serde::Serialize;
use uuid::Uuid;

use super::vault::Vault;

pub(super) const ALGORITHM: Algorithm = Algorithm::ES256;

/// A key as the record keeps it.
pub(super) struct SealedKey {
    pub(super) id: String,
    pub(super) public: Jwk,
    pub(super) sealed: Vec<u8>,
}

impl SealedKey {
    /// A new key.
    pub(super) fn make(vault: &Vault) -> anyhow::Result<Self> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).ok().context("making a key")?;
        let private = pair.to_pkcs8v1().ok().context("writing a key")?;
        let id = Uuid::now_v7().simple().to_string();
        let mut public = Jwk::from_encoding_key(&EncodingKey::from_ec_der(private.as_ref()), ALGORITHM)?;
        public.common.key_id = Some(id.clone());
        public.common.key_algorithm = Some(KeyAlgorithm::ES256);
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        let sealed = vault.seal(&id, private.as_ref())?;
        Ok(Self { id, public, sealed })
    }

    /// Whether it can be opened.
    pub(super) fn opens(&self, vault: &Vault) -> anyhow::Result<()> {
        vault.open(&self.id, &self.sealed).map(|_| ())
    }

    /// Signs an access token (RFC 9068).
    pub(super) fn sign(&self, vault: &Vault, claims: &impl Serialize) -> anyhow::Result<String> {
        let private = vault.open(&self.id, &self.sealed)?;
        let mut header = Header::new(ALGORITHM);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(self.id.clone());
        Ok(encode(&header, claims, &EncodingKey::from_ec_der(&private))?)
    }
}
