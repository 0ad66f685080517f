//! Strict reading of requests: what is unknown or wrong is refused by name, never ignored.

mod bytes;
mod if_match;
mod json;
mod merge_patch;
mod query;

use crate::platform::error::Fault;

pub use self::{
    bytes::Bytes,
    if_match::IfMatch,
    json::{BODY_LIMIT, Body},
    merge_patch::{MergePatch, patch_schema},
    query::{NoParameters, Query},
};
pub(crate) use self::{json::from_value, merge_patch::patch_of};

/// `links[1].url` as the JSON Pointer `links/1/url` (RFC 6901).
fn pointer_path(path: &str) -> String {
    path.replace('[', ".")
        .replace(']', "")
        .split('.')
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("/")
}

/// Serde says the rule; its two standing phrases get a code of their own.
fn fault(pointer: String, detail: String) -> Fault {
    let code = match detail.split('`').next() {
        Some("unknown field ") => "unknown",
        Some("missing field ") => "missing",
        _ => "invalid",
    };
    Fault { pointer, code: code.into(), detail }
}
