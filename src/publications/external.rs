//! Where a publication comes from that no municipality here owns.

use diesel::{deserialize::FromSqlRow, expression::AsExpression, sql_types};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::platform::db::jsonb;

/// Where it was read from. It is kept as it stands there, and nobody here can edit it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql_types::Jsonb)]
pub struct External {
    /// `kominn`
    pub system: String,
    /// Which site, by its name here.
    pub target: String,
    /// Its number there.
    pub item: i64,
    /// Its page there.
    pub url: String,
    /// Its status there, such as `Publisert` or `Suksess`.
    pub status: Option<String>,
    /// Whose it is, as the number that stands there.
    pub municipality_number: Option<String>,
    /// Its picture there.
    pub image: Option<String>,
    /// Its entity tag when it was read, where the site tells it in lists.
    pub etag: Option<String>,
}

jsonb!(External);
