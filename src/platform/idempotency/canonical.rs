//! Which bodies are the same: those that differ in spaces and in the order of members only.

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::Value;

/// The digest of a request's body, for whoever asks whether it was sent before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BodyDigest(pub(super) Vec<u8>);

impl BodyDigest {
    pub(crate) fn of(body: &Value) -> Self {
        let mut sorted = body.clone();
        sorted.sort_all_objects();
        Self(digest(&SHA256, sorted.to_string().as_bytes()).as_ref().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::BodyDigest;

    #[test]
    fn the_order_of_members_makes_no_difference_and_that_of_items_does() {
        let one = BodyDigest::of(&json!({ "a": { "b": 1, "c": [1, 2] }, "d": null }));
        let two = serde_json::from_str("{ \"d\": null, \"a\": { \"c\": [1, 2], \"b\": 1 } }").unwrap();
        assert_eq!(one, BodyDigest::of(&two));
        assert_ne!(one, BodyDigest::of(&json!({ "a": { "b": 1, "c": [2, 1] }, "d": null })));
    }
}
