//! Which upstream a merge is from, and up to which version.

use super::{
    model::MergeRequest,
    store::{BaseRow, EdgeRow, Seen},
};
use crate::platform::error::{Code, Error, Fault, Result};

/// The upstream that a merge is from, and its latest version.
pub(super) fn followed(edges: Vec<Seen>, request: &MergeRequest) -> Result<(EdgeRow, BaseRow, i32)> {
    let named = |edge: &EdgeRow| match request.publication_id {
        Some(id) => edge.parent_id == id,
        None => edge.detached_at.is_none(),
    };
    let mut candidates = edges.into_iter().filter(|(edge, ..)| named(edge));
    let fault = |rule: &str| {
        let fault = Fault::invalid("#/publication_id", rule);
        Error::faults(Code::InvalidBody, "Say which upstream to merge from.", vec![fault])
    };
    let unavailable = |why: &'static str| Error::new(Code::UpstreamUnavailable, why);
    let Some((edge, base, shown, content)) = candidates.next() else {
        return Err(match request.publication_id {
            Some(_) => fault("must be one that the project imitates"),
            None => unavailable("The project follows no upstream."),
        });
    };
    if candidates.next().is_some() {
        return Err(fault("must be named, because the project follows several"));
    }
    if edge.detached_at.is_some() {
        return Err(unavailable("The project was detached from it."));
    }
    match shown.filter(|_| content.is_some()) {
        Some(shown) => Ok((edge, base, shown.version)),
        None => Err(unavailable("It was withdrawn, or is no longer shown to you.")),
    }
}

/// The version to merge up to: never back.
pub(super) fn to_version(base: i32, latest: i32, wanted: Option<i32>) -> Result<i32> {
    let version = wanted.unwrap_or(latest);
    if (base..=latest).contains(&version) {
        return Ok(version);
    }
    let rule = format!("must be from {base} (your base) to {latest} (the latest)");
    let fault = Fault::invalid("#/to_version", rule);
    Err(Error::faults(Code::InvalidBody, "The version cannot be merged.", vec![fault]))
}
