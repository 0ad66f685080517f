//! How a merge patch on a saved search is described.

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use super::model::SearchRequest;
use crate::platform::extract::patch_schema;

/// The schema of a merge patch on [`SearchRequest`].
pub(super) struct SearchPatch;

impl PartialSchema for SearchPatch {
    fn schema() -> RefOr<Schema> {
        patch_schema::<SearchRequest>()
    }
}

impl ToSchema for SearchPatch {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        SearchRequest::schemas(schemas);
    }
}
