//! The shapes of JSON that the service speaks, and how it says that something is wrong.

use serde_json::{Map, Value, json};

use super::http::{Request, Response};

/// What a client asks for in its `Accept` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Verbose,
    Minimal,
    /// Without metadata.
    Light,
}

impl Shape {
    /// What a request asks for, if it asks for JSON at all.
    pub(crate) fn of(request: &Request) -> Option<Self> {
        let accept = request.media("accept");
        if !accept.starts_with("application/json") {
            return None;
        }
        // A newer protocol knows no level of metadata by this name.
        let newer = request.header("odata-version").is_some_and(|version| version.starts_with('4'));
        if accept.contains("odata=verbose") {
            Some(Self::Verbose)
        } else if accept.contains("odata=nometadata") {
            if newer { None } else { Some(Self::Light) }
        } else {
            Some(Self::Minimal)
        }
    }

    fn media(self) -> &'static str {
        match self {
            Self::Verbose => "application/json;odata=verbose;charset=utf-8",
            Self::Minimal => "application/json;odata=minimalmetadata;streaming=true;charset=utf-8",
            Self::Light => "application/json;odata=nometadata;streaming=true;charset=utf-8",
        }
    }

    /// Several values of one property.
    pub(crate) fn several(self, edm: &str, values: Value) -> Value {
        if self == Self::Verbose {
            json!({"__metadata": {"type": format!("Collection({edm})")}, "results": values})
        } else {
            values
        }
    }

    /// Several objects that an object shows.
    pub(crate) fn nested(self, objects: Vec<Value>) -> Value {
        if self == Self::Verbose { json!({"results": objects}) } else { Value::Array(objects) }
    }

    /// One object as an answer.
    pub(crate) fn one(self, object: Map<String, Value>) -> Value {
        if self == Self::Verbose { json!({"d": object}) } else { Value::Object(object) }
    }

    /// Several objects as an answer, with where to read on.
    pub(crate) fn many(self, metadata: &str, objects: Vec<Value>, next: Option<String>) -> Value {
        let mut envelope = Map::new();
        if self == Self::Verbose {
            envelope.insert("results".to_owned(), Value::Array(objects));
            if let Some(next) = next {
                envelope.insert("__next".to_owned(), Value::String(next));
            }
            return json!({"d": envelope});
        }
        if self == Self::Minimal {
            envelope.insert("odata.metadata".to_owned(), json!(metadata));
        }
        envelope.insert("value".to_owned(), Value::Array(objects));
        if let Some(next) = next {
            envelope.insert("odata.nextLink".to_owned(), Value::String(next));
        }
        Value::Object(envelope)
    }

    pub(crate) fn answer(self, status: u16, body: &Value) -> Response {
        Response::new(status).body(self.media(), body.to_string())
    }

    /// A problem as this shape tells it.
    pub(crate) fn problem(self, problem: &Problem) -> Response {
        let message = json!({"lang": "en-US", "value": problem.message});
        let error = json!({"code": problem.code, "message": message});
        let member = if self == Self::Verbose { "error" } else { "odata.error" };
        let mut body = Map::new();
        body.insert(member.to_owned(), error);
        self.answer(problem.status, &Value::Object(body))
    }
}

/// Why a request is refused.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) status: u16,
    code: &'static str,
    message: String,
}

impl Problem {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// A request that means nothing to the service.
    pub(crate) fn query(message: impl Into<String>) -> Self {
        Self::new(400, "-1, Microsoft.SharePoint.Client.InvalidClientQueryException", message)
    }

    pub(crate) fn unknown_field(name: &str) -> Self {
        let message = format!("The field or property '{name}' does not exist.");
        Self::new(400, "-1, Microsoft.SharePoint.SPException", message)
    }

    pub(crate) fn not_expanded(name: &str) -> Self {
        let message = format!(
            "The query to field '{name}' is not valid. The $select query string must specify the target fields \
             and the $expand query string must contain {name}."
        );
        Self::new(400, "-1, Microsoft.SharePoint.SPException", message)
    }

    pub(crate) fn not_queryable(name: &str, kind: &str) -> Self {
        let message =
            format!("The field '{name}' of type '{kind}' cannot be used in the query filter expression.");
        Self::new(400, "-1, Microsoft.SharePoint.SPException", message)
    }

    pub(crate) fn throttled() -> Self {
        let message = "The attempted operation is prohibited because it exceeds the list view threshold.";
        Self::new(500, "-2147024860, Microsoft.SharePoint.SPQueryThrottledException", message)
    }

    pub(crate) fn no_item() -> Self {
        let message = "Item does not exist. It may have been deleted by another user.";
        Self::new(404, "-2130575338, System.ArgumentException", message)
    }

    pub(crate) fn no_resource(path: &str) -> Self {
        let message = format!("Cannot find resource for the request {path}.");
        Self::new(404, "-1, Microsoft.SharePoint.Client.ResourceNotFoundException", message)
    }

    pub(crate) fn client(status: u16, message: impl Into<String>) -> Self {
        Self::new(status, "-1, Microsoft.SharePoint.Client.ClientServiceException", message)
    }
}
