//! Short names for bytes.

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

use super::hex::hex;

/// How much of the SHA-256 is kept, in bytes: two different texts of one thing do not meet by chance.
const LENGTH: usize = 9;

/// Tells bytes from others without giving them away.
pub fn fingerprint(bytes: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA256, bytes);
    URL_SAFE_NO_PAD.encode(hash.as_ref().get(..LENGTH).unwrap_or_default())
}

/// A key that is the same for the same bytes, and another for others (RFC 9562 §5.8).
pub(crate) fn uuid_of(bytes: &[u8]) -> Uuid {
    let hash = digest::digest(&digest::SHA256, bytes);
    Uuid::new_v8(hash.as_ref().first_chunk().copied().unwrap_or_default())
}

/// The whole SHA-256, in hexadecimal.
pub(crate) fn digest_of(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}
