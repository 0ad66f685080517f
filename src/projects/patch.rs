//! How a merge patch on a project is described.

use serde_json::Value;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema},
};

use super::content::Content;

/// The schema of a merge patch on [`Content`]: the same members, none required, each of them nullable.
pub(super) struct ContentPatch;

impl PartialSchema for ContentPatch {
    fn schema() -> RefOr<Schema> {
        let mut schema = serde_json::to_value(Content::schema()).unwrap_or_default();
        if let Value::Object(object) = &mut schema {
            object.remove("required");
            object
                .insert("description".to_owned(), "A merge patch (RFC 7396): null removes a member.".into());
            if let Some(Value::Object(members)) = object.get_mut("properties") {
                members.iter_mut().for_each(|(_, member)| make_nullable(member));
            }
        }
        serde_json::from_value(schema).unwrap_or_else(|_cause| ObjectBuilder::new().build().into())
    }
}

fn make_nullable(member: &mut Value) {
    if let Some(Value::String(kind)) = member.get("type") {
        let nullable = serde_json::json!([kind, "null"]);
        if let Value::Object(member) = member {
            member.insert("type".to_owned(), nullable);
        }
    } else if member.get("$ref").is_some() {
        *member = serde_json::json!({ "oneOf": [{ "type": "null" }, member.take()] });
    }
}

impl ToSchema for ContentPatch {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Content::schemas(schemas);
    }
}
