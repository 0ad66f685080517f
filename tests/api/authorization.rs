//! Who may call what, derived from the document: a new operation is covered the day it appears.

use glomma::platform::auth::permission::Role;

use crate::support::{Contract, FREDRIKSTAD, HVALER, Operation, TestApp, complete, request};

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_what_is_not_public_is_401() {
    let app = TestApp::start().await;
    for operation in Contract::get().operations().iter().filter(|operation| !operation.is_public()) {
        let answer = app.anonymous().send(request(&app, operation, None, "x")).await;
        let answer = answer.refused(401, "unauthenticated");
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"glomma\"", "{}", operation.id());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_token_that_lacks_the_scope_it_is_403_and_names_it() {
    let app = TestApp::start().await;
    for operation in Contract::get().operations() {
        let Some(scope) = operation.scope() else { continue };
        let token = app.token(FREDRIKSTAD, Role::Administrator, Some("something:else"));
        let answer = app.anonymous().send(request(&app, &operation, Some(token), "x")).await;
        let answer = answer.refused(403, "insufficient-scope");
        assert!(
            answer.header("www-authenticate").contains(&format!("scope=\"{scope}\"")),
            "{}",
            operation.id()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_bad_token_it_is_401_also_where_none_is_needed() {
    let app = TestApp::start().await;
    for operation in Contract::get().operations().iter().filter(|operation| operation.scope().is_some()) {
        let answer =
            app.anonymous().send(request(&app, operation, Some("no.such.token".to_owned()), "x")).await;
        answer.refused(401, "invalid-token");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_municipality_s_draft_is_404_for_every_operation_with_an_id() {
    let app = TestApp::start().await;
    let (id, _) = app.of(FREDRIKSTAD).create(complete("Hemmelig")).await;
    let token = app.token(HVALER, Role::Administrator, None);
    let of_municipalities = |operation: &&Operation<'_>| {
        operation.path.contains("{id}") && operation.scope() != Some("platform:write")
    };
    for operation in Contract::get().operations().iter().filter(of_municipalities) {
        let answer = app.anonymous().send(request(&app, operation, Some(token.clone()), &id)).await;
        answer.refused(404, "not-found");
    }
}
