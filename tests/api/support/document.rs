//! Requests that are made from the document.

use serde_json::Value;

use super::{Contract, Operation, TestApp};

/// A request for an operation that is right in everything but, perhaps, its right.
pub(crate) fn request(
    app: &TestApp,
    operation: &Operation<'_>,
    token: Option<String>,
    id: &str,
) -> reqwest::RequestBuilder {
    let path = operation.filled(id).replace(&format!("versions/{id}"), "versions/1");
    let mut request = app.bearing(token).request(operation.method.clone(), &path).header("if-match", "*");
    if operation.has_body() {
        let media_type = operation.spec["requestBody"]["content"].as_object().unwrap().keys().next().unwrap();
        request = request.header("content-type", media_type).body(body(operation).to_string());
    }
    request
}

/// The smallest body that keeps to the schema of an operation.
fn body(operation: &Operation<'_>) -> Value {
    let content = operation.spec["requestBody"]["content"].as_object().unwrap();
    smallest(&content.values().next().unwrap()["schema"])
}

fn smallest(schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return smallest(
            Contract::get().document.pointer(reference.trim_start_matches('#')).expect(reference),
        );
    }
    if let Some(first) = schema["enum"][0].as_str() {
        return first.into();
    }
    if schema["format"] == "uuid" {
        return "00000000-0000-7000-8000-000000000000".into();
    }
    match schema["type"].as_str().unwrap_or_default() {
        "object" => {
            let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
            let member = |name: &Value| {
                (name.as_str().unwrap().to_owned(), smallest(&schema["properties"][name.as_str().unwrap()]))
            };
            Value::Object(required.iter().map(member).collect())
        }
        "array" => Value::Array(Vec::new()),
        "integer" | "number" => 1.into(),
        "boolean" => true.into(),
        _ => "x".repeat(usize::try_from(schema["minLength"].as_u64().unwrap_or(1)).unwrap()).into(),
    }
}
