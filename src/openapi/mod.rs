//! The OpenAPI document: collected from the handlers, completed by rules that hold for all of them.

mod repair;

use serde_json::{Map, Value, json};
use utoipa::OpenApi;
use utoipa_actix_web::AppExt;

use crate::{
    platform::problem::{self, Problem},
    routes,
};

#[derive(OpenApi)]
#[openapi(
    info(title = "Glomma", description = include_str!("../../docs/openapi.md"), license(name = "EUPL-1.2", identifier = "EUPL-1.2")),
    components(schemas(Problem)),
    tags(
        (name = "projects", description = "Your municipality's own projects, and publishing them"),
        (name = "publications", description = "What others have published"),
        (name = "changes", description = "Keeping a copy of what others have published"),
        (name = "search", description = "Has someone already done this?"),
        (name = "imitation", description = "Making it your own, with its origin kept"),
        (name = "proposals", description = "Offering back what was learned"),
        (name = "adoption", description = "What became of it"),
        (name = "notifications", description = "Being told of what happens"),
        (name = "reports", description = "How solutions spread"),
        (name = "reference data", description = "Municipalities, regions and vocabularies"),
        (name = "administration", description = "A municipality's clients, audit trail and data as a whole"),
        (name = "platform", description = "For whoever runs the service"),
        (name = "tokens", description = "The built-in issuer"),
        (name = "operation", description = "Health and the catalogue of problems"),
    )
)]
struct Base;

/// The document that is served at `/openapi.json`, shown at `/docs`, committed, and tested against.
pub fn document() -> Value {
    let app = actix_web::App::new().into_utoipa_app().openapi(Base::openapi());
    let (_, collected) = app.configure(routes::routes).split_for_parts();
    let mut document = serde_json::to_value(collected).unwrap_or_default();
    if let Some(schemes) = document.pointer_mut("/components").and_then(Value::as_object_mut) {
        schemes.insert("securitySchemes".to_owned(), security_schemes());
    }
    repair::repair(&mut document);
    let paths = document.pointer_mut("/paths").and_then(Value::as_object_mut);
    for (path, operations) in paths.into_iter().flatten() {
        for (method, operation) in operations.as_object_mut().into_iter().flatten() {
            complete((path, method), operation);
        }
    }
    document
}

fn security_schemes() -> Value {
    json!({ "client": {
        "type": "http",
        "scheme": "basic",
        "description": "An API client's id and secret, at the token endpoint only."
    }, "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token of a trusted issuer, for one municipality. In development: `glomma token`."
    } })
}

/// Adds the refusals that follow from what an operation is, so that no handler repeats them and none forgets one.
fn complete((path, method): (&str, &str), operation: &mut Value) {
    let has = |pointer: &str| operation.pointer(pointer).is_some_and(|value| !value.is_null());
    let conditional = parameters(operation).any(|name| name == "If-Match");
    let secured = has("/security/0");
    let (body, addressed) = (has("/requestBody"), path.contains('{'));
    // What a server without an issuer of its own does not have.
    let built_in =
        operation.pointer("/tags/0").is_some_and(|tag| tag == "tokens") || path.ends_with("/signing-keys");
    let posted = method == "post" && secured && !anonymous(operation);
    let oauth = path == "/oauth2/token";
    let limited = !path.starts_with("/health");
    let refusals = [
        (400, "The request cannot be read, or a parameter breaks its rule", true),
        (401, "The token is missing or not valid", secured),
        (403, "The token lacks the scope, or is for no known municipality", secured),
        (404, "Nothing that you may see is here", addressed || built_in),
        (409, "The same request is being answered; ask again in a moment", posted),
        (412, "Somebody changed it meanwhile; `ETag` names the current revision", conditional),
        (413, "The body is too large", body && !oauth),
        (415, "The media type is not supported", body && !oauth),
        (422, "The body breaks a rule; `errors` names the members", (body && !oauth) || posted),
        (429, "Too many requests; `Retry-After` says when to ask again", limited),
        (428, "`If-Match` is missing", conditional),
        (500, "A fault of ours; it is logged under the request's id", true),
        (503, "The service is busy or starting; try again", true),
    ];
    let Some(responses) = operation.pointer_mut("/responses").and_then(Value::as_object_mut) else { return };
    for (_, response) in responses.iter_mut() {
        describe(response);
    }
    for (status, description, _) in refusals.iter().filter(|(_, _, applies)| *applies) {
        responses.entry(status.to_string()).or_insert_with(|| refusal(description));
    }
    sort(responses);
    if posted {
        add_header(operation, "Idempotency-Key", IDEMPOTENCY_KEY);
    }
    if secured {
        add_header(operation, "Glomma-Municipality", MUNICIPALITY);
    }
}

/// Whether it can be called without a token, so that it keeps nothing.
fn anonymous(operation: &Value) -> bool {
    let ways = operation.get("security").and_then(Value::as_array);
    ways.into_iter().flatten().any(|way| way.as_object().is_some_and(Map::is_empty))
}

/// Every POST that does something may carry one, and none must.
const IDEMPOTENCY_KEY: &str = "A string of your own, new for each request (draft-ietf-httpapi-idempotency-key-header). \
    Sent again within a day with the same body, the request is not done again, and its answer is given again with \
    `Idempotency-Replayed: true`";
const MUNICIPALITY: &str = "The organisation number for which you act, when your token speaks for several. It can only \
    narrow what the token says";

fn add_header(operation: &mut Value, name: &str, description: &str) {
    let parameter = json!({ "name": name, "in": "header", "required": false, "description": description,
        "schema": { "type": "string", "minLength": 1, "maxLength": 255 } });
    let Some(operation) = operation.as_object_mut() else { return };
    let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
    if let Some(parameters) = parameters.as_array_mut() {
        parameters.push(parameter);
    }
}

fn parameters(operation: &Value) -> impl Iterator<Item = &str> {
    let parameters = operation.get("parameters").and_then(Value::as_array);
    parameters.into_iter().flatten().filter_map(|parameter| parameter.get("name")?.as_str())
}

fn refusal(description: &str) -> Value {
    json!({ "description": description, "content": {
        problem::MEDIA_TYPE: { "schema": { "$ref": "#/components/schemas/Problem" } }
    } })
}

/// A success needs no words beyond its operation's, but the format demands some.
fn describe(response: &mut Value) {
    if let Some(response) = response.as_object_mut()
        && response.get("description").and_then(Value::as_str).is_none_or(str::is_empty)
    {
        response.insert("description".to_owned(), "As described".into());
    }
}

fn sort(responses: &mut Map<String, Value>) {
    let mut sorted: Vec<(String, Value)> = std::mem::take(responses).into_iter().collect();
    sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
    responses.extend(sorted);
}
