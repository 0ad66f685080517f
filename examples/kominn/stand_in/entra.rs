//! Checks the assertion with which an application shows that it has its certificate.

use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters, UnparsedPublicKey,
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::Value;

use super::time::seconds;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The longest that an assertion may be good for, with a little for clocks that differ.
const LONGEST: i64 = 600 + 5;

/// What a request for a token has to say.
pub(crate) struct Expected<'a> {
    pub(crate) client: &'a str,
    /// In PEM.
    pub(crate) key: &'a [u8],
    pub(crate) url: String,
    pub(crate) scope: String,
}

impl Expected<'_> {
    pub(crate) fn check(&self, form: &[(String, String)]) -> Result<(), String> {
        let given =
            |name: &str| form.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let wanted = [
            ("grant_type", "client_credentials"),
            ("client_id", self.client),
            ("scope", self.scope.as_str()),
            ("client_assertion_type", ASSERTION_TYPE),
        ];
        for (name, value) in wanted {
            if given(name) != Some(value) {
                return Err(format!("AADSTS900144: the form needs {name}={value}"));
            }
        }
        self.check_assertion(given("client_assertion").unwrap_or_default())
    }

    fn check_assertion(&self, assertion: &str) -> Result<(), String> {
        let malformed = || "AADSTS50027: the assertion is no JWT".to_owned();
        let (signed, signature) = assertion.rsplit_once('.').ok_or_else(malformed)?;
        let (header, claims) = signed.split_once('.').ok_or_else(malformed)?;
        let header = json(header).ok_or_else(malformed)?;
        let claims = json(claims).ok_or_else(malformed)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok().ok_or_else(malformed)?;
        let algorithm = match text(&header, "alg") {
            "RS256" => &RSA_PKCS1_2048_8192_SHA256,
            "PS256" => &RSA_PSS_2048_8192_SHA256,
            other => return Err(format!("AADSTS5002738: the algorithm '{other}' is not supported")),
        };
        if text(&header, "x5t#S256").is_empty() {
            return Err("AADSTS700027: the header needs x5t#S256".to_owned());
        }
        if !self.signed(algorithm, signed, &signature) {
            return Err("AADSTS700027: the signature of the assertion is not valid".to_owned());
        }
        self.check_claims(&claims)
    }

    fn signed(&self, algorithm: &'static RsaParameters, signed: &str, signature: &[u8]) -> bool {
        let pem = String::from_utf8_lossy(self.key);
        let lines = pem.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
        let Ok(der) = STANDARD.decode(lines.collect::<String>()) else { return false };
        UnparsedPublicKey::new(algorithm, der).verify(signed.as_bytes(), signature).is_ok()
    }

    fn check_claims(&self, claims: &Value) -> Result<(), String> {
        for (name, value) in [("aud", self.url.as_str()), ("iss", self.client), ("sub", self.client)] {
            if text(claims, name) != value {
                return Err(format!("AADSTS700021: {name} must be {value}"));
            }
        }
        if text(claims, "jti").is_empty() {
            return Err("AADSTS700021: the assertion needs a jti".to_owned());
        }
        let now = seconds();
        let left = claims.get("exp").and_then(Value::as_i64).unwrap_or_default() - now;
        if !(1..=LONGEST).contains(&left) {
            return Err("AADSTS700024: the assertion is not within its valid time range".to_owned());
        }
        let begins = claims.get("nbf").and_then(Value::as_i64).unwrap_or_default();
        if begins > now + 5 {
            return Err("AADSTS700024: the assertion is not yet valid".to_owned());
        }
        Ok(())
    }
}

fn json(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
