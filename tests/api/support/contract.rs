//! The OpenAPI document as a judge: which operation a request is, and whether an answer keeps to it.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock, Mutex},
};

use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Value, json};

use super::client::Answer;

pub(crate) struct Contract {
    pub(crate) document: Value,
    validators: Mutex<BTreeMap<String, Arc<Validator>>>,
}

/// One operation of the document.
pub(crate) struct Operation<'d> {
    pub(crate) method: Method,
    pub(crate) path: &'d str,
    pub(crate) spec: &'d Value,
}

static CONTRACT: LazyLock<Contract> =
    LazyLock::new(|| Contract { document: glomma::openapi::document(), validators: Mutex::default() });

impl Operation<'_> {
    pub(crate) fn id(&self) -> &str {
        self.spec["operationId"].as_str().expect("an operationId")
    }

    /// The scope that a token needs.
    pub(crate) fn scope(&self) -> Option<&str> {
        self.spec["security"].as_array()?.iter().find_map(|way| way["token"][0].as_str())
    }

    /// Whether it can be called without a token.
    pub(crate) fn is_public(&self) -> bool {
        let ways = self.spec["security"].as_array();
        ways.is_none_or(|ways| ways.iter().any(|way| way.as_object().is_some_and(serde_json::Map::is_empty)))
    }

    pub(crate) fn parameters(&self) -> &[Value] {
        self.spec["parameters"].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn has_body(&self) -> bool {
        self.spec.get("requestBody").is_some()
    }

    /// The path with every parameter replaced by `value`.
    pub(crate) fn filled(&self, value: &str) -> String {
        let parts = self.path.split('/').map(|part| if part.starts_with('{') { value } else { part });
        parts.collect::<Vec<_>>().join("/")
    }
}

impl Contract {
    pub(crate) fn get() -> &'static Self {
        &CONTRACT
    }

    pub(crate) fn operations(&self) -> Vec<Operation<'_>> {
        let paths = self.document["paths"].as_object().expect("paths");
        let operations = paths.iter().flat_map(|(path, methods)| {
            methods.as_object().expect("methods").iter().map(move |(method, spec)| Operation {
                method: method.to_uppercase().parse().expect("a method"),
                path,
                spec,
            })
        });
        operations.collect()
    }

    /// Fails when a documented operation answers what the document does not say; names the operation.
    pub(crate) fn check(&self, method: &Method, path: &str, answer: &Answer, text: &str) -> Option<String> {
        assert!(answer.headers.contains_key("x-request-id"), "{method} {path}: an answer without an id");
        let operation =
            self.operations().into_iter().find(|op| op.method == method && matches(op.path, path))?;
        let status = answer.status.as_u16().to_string();
        if status == "304" {
            return Some(operation.id().to_owned());
        }
        let response = operation.spec["responses"].get(&status);
        let response = response
            .unwrap_or_else(|| panic!("{}: status {status} is not documented\n{text}", operation.id()));
        let Some(content) = response["content"].as_object() else {
            assert!(text.is_empty(), "{}: a {status} has no body: {text}", operation.id());
            return Some(operation.id().to_owned());
        };
        let media_type = answer.header("content-type");
        let schema = content
            .get(media_type)
            .unwrap_or_else(|| panic!("{}: a {status} is no {media_type}", operation.id()));
        let name = format!("{} {status}", operation.id());
        if media_type == "application/x-ndjson" {
            for line in text.lines() {
                let line =
                    serde_json::from_str(line).unwrap_or_else(|cause| panic!("{name}: {cause}: {line}"));
                self.validate(&name, &schema["schema"], &line);
            }
        } else if media_type.ends_with("json") {
            self.validate(&name, &schema["schema"], &answer.body);
        } else {
            self.validate(&name, &schema["schema"], &Value::from(text));
        }
        Some(operation.id().to_owned())
    }

    fn validate(&self, name: &str, schema: &Value, body: &Value) {
        let validator = self
            .validators
            .lock()
            .expect("validators")
            .entry(name.to_owned())
            .or_insert_with(|| {
                let whole = json!({ "allOf": [schema], "components": self.document["components"] });
                Arc::new(jsonschema::validator_for(&whole).unwrap_or_else(|cause| panic!("{name}: {cause}")))
            })
            .clone();
        let faults: Vec<String> =
            validator.iter_errors(body).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
        assert!(faults.is_empty(), "{name} breaks the document: {faults:#?}\n{body:#}");
    }
}

fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len()
        && pattern.iter().zip(path).all(|(wanted, part)| wanted.starts_with('{') || *wanted == part)
}
