//! Opaque cursors: where the next page begins, sealed, and bound to the query that they belong to.
//!
//! Sealed rather than signed, because a position can tell more than its reader may know: a score depends on every document.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};

use crate::platform::error::{Code, Error, Result};

/// Changes when the inside of a cursor does: a cursor of another shape is refused, not misread.
const SHAPE: &str = "2 ";

/// The key that every node shares, so that a page may be followed on any of them.
pub struct CursorKey(RandomizedNonceKey);

impl CursorKey {
    /// A key of 32 bytes.
    ///
    /// # Errors
    /// When the secret is of another length.
    pub fn new(secret: &[u8]) -> anyhow::Result<Self> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, secret);
        Ok(Self(key.map_err(|_cause| anyhow::anyhow!("the cursor key must have 32 bytes"))?))
    }

    /// A cursor that continues after `position` in the list that `query` selects.
    ///
    /// # Errors
    /// When the machine gives no randomness.
    pub fn seal<T: Serialize>(&self, query: &str, position: &T) -> Result<String> {
        let mut sealed = serde_json::to_vec(position).map_err(anyhow::Error::from)?;
        let nonce = self.0.seal_in_place_append_tag(bound_to(query), &mut sealed);
        let nonce = nonce.map_err(|_cause| anyhow::anyhow!("a cursor could not be sealed"))?;
        sealed.extend_from_slice(nonce.as_ref());
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// The position in a cursor.
    ///
    /// # Errors
    /// 400 `cursor-mismatch` for a cursor of another query, another service, or of nobody.
    pub fn open<T: DeserializeOwned>(&self, query: &str, cursor: &str) -> Result<T> {
        self.try_open(query, cursor).ok_or_else(|| {
            Error::new(Code::CursorMismatch, "Follow page.next as it is, with the same filters and sort.")
        })
    }

    fn try_open<T: DeserializeOwned>(&self, query: &str, cursor: &str) -> Option<T> {
        let mut sealed = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let nonce = sealed.split_off(sealed.len().checked_sub(NONCE_LEN)?);
        let nonce = Nonce::try_assume_unique_for_key(&nonce).ok()?;
        let position = self.0.open_in_place(nonce, bound_to(query), &mut sealed).ok()?;
        serde_json::from_slice(position).ok()
    }
}

fn bound_to(query: &str) -> Aad<Vec<u8>> {
    Aad::from([SHAPE, query].concat().into_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::CursorKey;

    proptest! {
        #[test]
        fn a_cursor_opens_to_what_was_sealed_and_for_that_query_only(query: String, other: String, at: (u64, String)) {
            let key = CursorKey::new(&[7; 32]).unwrap();
            let cursor = key.seal(&query, &at).unwrap();
            prop_assert_eq!(key.open::<(u64, String)>(&query, &cursor).unwrap(), at);
            prop_assume!(query != other);
            prop_assert!(key.open::<(u64, String)>(&other, &cursor).is_err());
        }

        #[test]
        fn no_changed_byte_goes_unnoticed(position in 0usize..40, flip in 1u8..=255) {
            let key = CursorKey::new(&[7; 32]).unwrap();
            let mut cursor = key.seal("q", &"a position of some length").unwrap().into_bytes();
            let byte = cursor.get_mut(position).unwrap();
            *byte ^= flip;
            let cursor = String::from_utf8_lossy(&cursor).into_owned();
            prop_assert!(key.open::<String>("q", &cursor).is_err());
        }

        #[test]
        fn anything_else_is_refused(noise: String) {
            prop_assert!(CursorKey::new(&[7; 32]).unwrap().open::<String>("q", &noise).is_err());
        }
    }
}
