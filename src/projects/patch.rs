//! How a merge patch on a project is described.

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use super::content::Content;
use crate::platform::extract::patch_schema;

/// The schema of a merge patch on [`Content`].
pub(super) struct ContentPatch;

impl PartialSchema for ContentPatch {
    fn schema() -> RefOr<Schema> {
        patch_schema::<Content>()
    }
}

impl ToSchema for ContentPatch {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Content::schemas(schemas);
    }
}
