//! Schemas as a reader, and a generator of clients, would rather have them than as they are collected.

use serde_json::{Map, Value};

/// Makes inlined schemas plain, flattened ones whole, and drops those that are used nowhere.
pub(super) fn repair(document: &mut Value) {
    describe_inlined(document);
    close_bodies(document);
    if let Some(schemas) = document.pointer_mut("/components/schemas") {
        let all = schemas.clone();
        flatten_within(schemas, &all);
    }
    prune(document);
}

/// An inlined schema with a description of its own is collected as `allOf` of the schema and of an *object* that
/// has the description; here the two become one.
fn describe_inlined(value: &mut Value) {
    if let Some([Value::Object(schema), note]) =
        value.get("allOf").and_then(Value::as_array).map(Vec::as_slice)
        && note.get("type").is_some_and(|kind| kind == "object")
        && note.get("properties").is_none()
    {
        let mut schema = schema.clone();
        if let Some(description) = note.get("description") {
            schema.insert("description".to_owned(), description.clone());
        }
        *value = Value::Object(schema);
    }
    match value {
        Value::Object(members) => members.iter_mut().for_each(|(_, member)| describe_inlined(member)),
        Value::Array(items) => items.iter_mut().for_each(describe_inlined),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A body with a member that is not known is refused.
fn close_bodies(document: &mut Value) {
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    let operations = paths.filter_map(|(_, operations)| operations.as_object()).flatten();
    let bodies =
        operations.filter_map(|(_, operation)| operation.pointer("/requestBody/content")?.as_object());
    let references: Vec<String> = bodies
        .flatten()
        .filter_map(|(_, content)| {
            Some(content.pointer("/schema/$ref")?.as_str()?.trim_start_matches('#').to_owned())
        })
        .collect();
    for reference in references {
        if let Some(Value::Object(schema)) = document.pointer_mut(&reference) {
            schema.insert("additionalProperties".to_owned(), false.into());
        }
    }
}

/// Wherever a schema stands: a page's items are written out in it.
fn flatten_within(value: &mut Value, all: &Value) {
    flatten(value, all);
    match value {
        Value::Object(members) => members.iter_mut().for_each(|(_, member)| flatten_within(member, all)),
        Value::Array(items) => items.iter_mut().for_each(|item| flatten_within(item, all)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A flattened member is collected as `allOf`, of which each part forbids the members of the others; here they
/// become one object.
fn flatten(schema: &mut Value, all: &Value) {
    let Some(parts) = schema.get("allOf").and_then(Value::as_array) else { return };
    let (mut required, mut properties) = (Vec::new(), Map::new());
    // The own members come last in the collection and first for the reader.
    for part in parts.iter().rev() {
        let mut part = resolve(part, all).clone();
        // What is flattened may have flattened something itself.
        flatten(&mut part, all);
        required.extend(part.get("required").and_then(Value::as_array).into_iter().flatten().cloned());
        properties.extend(part.get("properties").and_then(Value::as_object).cloned().unwrap_or_default());
    }
    let mut whole = Map::from_iter([("type".to_owned(), Value::from("object"))]);
    whole.extend(schema.get("description").map(|text| ("description".to_owned(), text.clone())));
    whole.insert("required".to_owned(), required.into());
    whole.insert("properties".to_owned(), properties.into());
    *schema = whole.into();
}

fn resolve<'s>(part: &'s Value, all: &'s Value) -> &'s Value {
    let name = part.get("$ref").and_then(Value::as_str).and_then(|reference| reference.rsplit('/').next());
    name.and_then(|name| all.get(name)).unwrap_or(part)
}

fn prune(document: &mut Value) {
    loop {
        let text = document.to_string();
        let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") else { return };
        let before = schemas.len();
        schemas
            .retain(|name, _| name == "Problem" || text.contains(&format!("#/components/schemas/{name}\"")));
        if schemas.len() == before {
            return;
        }
    }
}
