//! Who may come in.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use uuid::Uuid;

use super::{Auth, call::Call, dialect::Problem, entra::Expected, http::Response, percent::pairs};

impl Call<'_> {
    /// Why a request to the site is not let in, if it is not.
    pub(crate) fn refusal(&self, path: &str) -> Option<Response> {
        let bearer = self.request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let known = match &self.place.settings.auth {
            Auth::Open => true,
            Auth::Bearer(token) => bearer == Some(token.as_str()),
            Auth::Digest => return self.refuse_form(path),
            Auth::Entra { .. } => bearer.is_some_and(|token| self.state.tokens.contains(token)),
        };
        if known { None } else { Some(unauthorized()) }
    }

    fn refuse_form(&self, path: &str) -> Option<Response> {
        let free = self.request.method == "GET" || path.eq_ignore_ascii_case("_api/contextinfo");
        let digest = self.request.header("x-requestdigest");
        if free || digest.is_some_and(|digest| self.state.digests.contains(digest)) {
            return None;
        }
        let message = "The security validation for this page is invalid and might be corrupted. Please use your \
                       web browser's Back button to try your operation again.";
        let code = "-2130575251, System.Runtime.InteropServices.COMException";
        Some(self.shape.problem(&Problem::new(403, code, message)))
    }

    /// Gives a token to who shows a certificate, if that is what was asked for.
    pub(crate) fn token(&mut self) -> Option<Response> {
        let Auth::Entra { client_id, public_key_pem, tenant } = &self.place.settings.auth else {
            return None;
        };
        let path = format!("/{tenant}/oauth2/v2.0/token");
        if self.request.path != path || self.request.method != "POST" {
            return None;
        }
        let expected = Expected {
            client: client_id,
            key: public_key_pem,
            url: format!("{}{path}", self.place.origin),
            scope: format!("{}/.default", self.place.origin),
        };
        let form = pairs(&String::from_utf8_lossy(&self.request.body));
        Some(match expected.check(&form) {
            Ok(()) => {
                let token =
                    format!("eyJ0eXAiOiJKV1QifQ.{}.", URL_SAFE_NO_PAD.encode(Uuid::now_v7().as_bytes()));
                self.state.tokens.insert(token.clone());
                let body = json!({"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599,
                    "access_token": token});
                Response::new(200).body("application/json; charset=utf-8", body.to_string())
            }
            Err(why) => {
                let body = json!({"error": "invalid_client", "error_description": why});
                Response::new(400).body("application/json; charset=utf-8", body.to_string())
            }
        })
    }
}

/// A token that is unknown, or no longer good.
pub(crate) fn unauthorized() -> Response {
    let body = json!({"error_description": "Invalid JWT token. The token is expired."});
    let response = Response::new(401).body("application/json; charset=utf-8", body.to_string());
    response.with("WWW-Authenticate", "Bearer realm=\"00000000-0000-0000-0000-000000000000\"")
}
