//! Requests that no handler takes: another method on a path that exists is 405 with `Allow`, the rest is 404.

use actix_web::{
    HttpRequest, HttpResponse,
    dev::ResourceDef,
    http::{Method, StatusCode, header},
};
use serde_json::Value;

use crate::platform::problem;

/// The paths of the OpenAPI document with their methods.
pub(crate) struct Paths(Vec<(ResourceDef, Vec<String>)>);

impl Paths {
    pub(crate) fn of(document: &Value) -> Self {
        let paths = document.get("paths").and_then(Value::as_object);
        let paths = paths.into_iter().flatten().filter_map(|(path, operations)| {
            let mut methods: Vec<String> =
                operations.as_object()?.keys().map(|method| method.to_uppercase()).collect();
            if methods.iter().any(|method| method == "GET") {
                methods.push("HEAD".to_owned());
            }
            methods.push("OPTIONS".to_owned());
            Some((ResourceDef::new(path.as_str()), methods))
        });
        Self(paths.collect())
    }

    /// What may be done at a path.
    fn allowed(&self, path: &str) -> Option<String> {
        let (_, methods) = self.0.iter().find(|(pattern, _)| pattern.is_match(path))?;
        Some(methods.join(", "))
    }

    pub(crate) fn answer(&self, request: &HttpRequest) -> HttpResponse {
        match self.allowed(request.path()) {
            None => HttpResponse::from_error(problem::of_status(StatusCode::NOT_FOUND)),
            Some(allowed) if request.method() == Method::OPTIONS => {
                HttpResponse::NoContent().insert_header((header::ALLOW, allowed)).finish()
            }
            Some(allowed) => {
                HttpResponse::MethodNotAllowed().insert_header((header::ALLOW, allowed)).finish()
            }
        }
    }
}
