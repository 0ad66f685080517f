//! Opaque cursors: where the next page begins, bound to the query that they belong to by a MAC.

use aws_lc_rs::{digest, hmac};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};

use crate::platform::error::{Code, Error, Result};

/// Changes when the inside of a cursor does: a cursor of another shape is refused, not misread.
const SHAPE: u8 = 1;
const MAC_BYTES: usize = 16;

/// The key that every node shares, so that a page may be followed on any of them.
pub struct CursorKey(hmac::Key);

impl CursorKey {
    pub fn new(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// A cursor that continues after `position` in the list that `query` selects.
    ///
    /// # Errors
    /// When the position cannot be written as JSON, which no position of ours is.
    pub fn seal<T: Serialize>(&self, query: &str, position: &T) -> Result<String> {
        let mut bytes = vec![SHAPE];
        serde_json::to_writer(&mut bytes, position).map_err(anyhow::Error::from)?;
        let tag = self.tag(query, &bytes);
        bytes.extend(tag.as_ref().iter().take(MAC_BYTES));
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The position in a cursor.
    ///
    /// # Errors
    /// 400 `cursor-mismatch` for a cursor of another query, another service, or of nobody.
    pub fn open<T: DeserializeOwned>(&self, query: &str, cursor: &str) -> Result<T> {
        let foreign =
            || Error::new(Code::CursorMismatch, "Follow page.next as it is, with the same filters and sort.");
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_cause| foreign())?;
        let (inside, mac) = bytes
            .len()
            .checked_sub(MAC_BYTES)
            .and_then(|at| bytes.split_at_checked(at))
            .ok_or_else(foreign)?;
        let expected = self.tag(query, inside);
        let expected = expected.as_ref().get(..MAC_BYTES).unwrap_or_default();
        aws_lc_rs::constant_time::verify_slices_are_equal(expected, mac).map_err(|_cause| foreign())?;
        let (&shape, position) = inside.split_first().ok_or_else(foreign)?;
        if shape != SHAPE {
            return Err(foreign());
        }
        serde_json::from_slice(position).map_err(|_cause| foreign())
    }

    fn tag(&self, query: &str, bytes: &[u8]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(digest::digest(&digest::SHA256, query.as_bytes()).as_ref());
        context.update(bytes);
        context.sign()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::CursorKey;

    proptest! {
        #[test]
        fn a_cursor_opens_to_what_was_sealed_and_for_that_query_only(query: String, other: String, at: (u64, String)) {
            let key = CursorKey::new(b"key");
            let cursor = key.seal(&query, &at).unwrap();
            prop_assert_eq!(key.open::<(u64, String)>(&query, &cursor).unwrap(), at);
            prop_assume!(query != other);
            prop_assert!(key.open::<(u64, String)>(&other, &cursor).is_err());
        }

        #[test]
        fn no_changed_byte_goes_unnoticed(position in 0usize..40, flip in 1u8..=255) {
            let key = CursorKey::new(b"key");
            let mut cursor = key.seal("q", &"a position of some length").unwrap().into_bytes();
            let byte = cursor.get_mut(position).unwrap();
            *byte ^= flip;
            let cursor = String::from_utf8_lossy(&cursor).into_owned();
            prop_assert!(key.open::<String>("q", &cursor).is_err());
        }

        #[test]
        fn anything_else_is_refused(noise: String) {
            prop_assert!(CursorKey::new(b"key").open::<String>("q", &noise).is_err());
        }
    }
}
