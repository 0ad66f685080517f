//! A saved search.

use chrono::{DateTime, Utc};
use diesel::{deserialize::FromSqlRow, expression::AsExpression, sql_types};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    municipalities::MunicipalityRef,
    platform::{
        db::jsonb,
        directory::Directory,
        error::{Code, Error, Fault, Result},
        id::SearchId,
        respond::Entity,
        text::Text,
    },
    search::Criteria,
};

/// How many searches a municipality may keep.
pub(super) const MOST: i64 = 200;

/// What to look for, and for whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql_types::Jsonb)]
pub(super) struct SearchRequest {
    /// What the feed is called.
    #[schema(inline)]
    pub title: Text<1, 200>,
    pub criteria: Criteria,
    /// Whether everybody who knows its id may read it and follow its feed; else only your municipality.
    #[serde(default)]
    pub public: bool,
}

jsonb!(SearchRequest);

impl SearchRequest {
    /// Whether every value of a filter is one.
    ///
    /// # Errors
    /// 422 naming the member and the rule.
    pub(super) fn check(&self, directory: &Directory) -> Result<()> {
        self.criteria.check(directory).map_err(|(member, rule)| {
            let fault = Fault::invalid(format!("#/criteria/{member}"), rule);
            Error::faults(Code::InvalidBody, "A filter breaks its rule.", vec![fault])
        })
    }
}

/// A saved search.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SavedSearch {
    pub id: SearchId,
    pub municipality: MunicipalityRef,
    /// Counts changes. The `ETag` is made of it.
    pub revision: i64,
    #[serde(flatten)]
    pub request: SearchRequest,
    pub created_at: DateTime<Utc>,
    pub feeds: Feeds,
}

/// Where what is new among the hits is told.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Feeds {
    /// As a JSON Feed (version 1.1).
    pub json: String,
    /// As Atom (RFC 4287).
    pub atom: String,
}

impl Feeds {
    pub(super) fn of(id: SearchId) -> Self {
        let path = format!("/v1/searches/{id}");
        Self { json: format!("{path}/feed.json"), atom: format!("{path}/feed.atom") }
    }
}

pub(super) fn etag(revision: i64) -> String {
    format!("\"r-{revision}\"")
}

impl Entity for SavedSearch {
    fn etag(&self) -> String {
        etag(self.revision)
    }

    fn location(&self) -> String {
        format!("/v1/searches/{}", self.id)
    }
}
