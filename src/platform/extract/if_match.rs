//! The condition under which a change is made.

use actix_web::{HttpRequest, http::header};

use crate::platform::error::{Code, Error, Result};

/// The revision that `If-Match` names (RFC 9110 §13.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    Any,
    Tags(Vec<String>),
}

impl IfMatch {
    /// Reads the header. Called inside the transaction, once the thing was found: an unknown id is 404 before it
    /// is 428.
    pub fn of(request: &HttpRequest) -> Result<Self> {
        let header = request.headers().get(header::IF_MATCH).and_then(|value| value.to_str().ok());
        match header.map(str::trim) {
            None | Some("") => Err(Error::new(
                Code::RevisionRequired,
                "Send the ETag of what you change in If-Match, so that nobody's work is lost.",
            )),
            Some("*") => Ok(Self::Any),
            Some(tags) => Ok(Self::Tags(tags.split(',').map(|tag| tag.trim().to_owned()).collect())),
        }
    }

    /// Whether one of the tags is this, to the letter.
    pub fn names(&self, whole: &str) -> bool {
        match self {
            Self::Any => false,
            Self::Tags(tags) => tags.iter().any(|tag| tag == whole),
        }
    }

    /// Refuses with 412 unless one of the tags is of the revision that `current` names. A tag may say more than
    /// the revision, after a hyphen, which no change can be in conflict with. Weak tags never match.
    pub fn check(&self, current: &str) -> Result<()> {
        let more = format!("{}-", current.trim_end_matches('"'));
        match self {
            Self::Any => Ok(()),
            Self::Tags(tags) if tags.iter().any(|tag| tag == current || tag.starts_with(&more)) => Ok(()),
            Self::Tags(_) => Err(Error::stale(current.to_owned())),
        }
    }
}
