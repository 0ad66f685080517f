//! What a server says went wrong.

use serde_json::Value;

/// The longest message of a server that is kept, in characters.
const LONGEST: usize = 300;

/// The message of an error, in any of the three shapes that `SharePoint` has for it.
pub(super) fn said(body: &[u8]) -> String {
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return "no JSON".to_owned() };
    let error = body.get("error").or_else(|| body.get("odata.error")).unwrap_or(&body);
    let message = error.get("message").unwrap_or(&Value::Null);
    let message = message.get("value").unwrap_or(message).as_str();
    let described = body.get("error_description").and_then(Value::as_str);
    let code = error.get("code").and_then(Value::as_str).or_else(|| error.as_str()).unwrap_or_default();
    let said = format!("{} ({code})", message.or(described).unwrap_or("no message"));
    said.chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::said;

    #[test]
    fn all_three_shapes_of_an_error_are_read() {
        for body in [
            r#"{"error":{"code":"-1, X","message":{"lang":"en-US","value":"No."}}}"#,
            r#"{"odata.error":{"code":"-1, X","message":{"lang":"en-US","value":"No."}}}"#,
            r#"{"error":{"code":"-1, X","message":"No."}}"#,
        ] {
            assert_eq!(said(body.as_bytes()), "No. (-1, X)");
        }
        assert_eq!(said(br#"{"error":"invalid_client","error_description":"No."}"#), "No. (invalid_client)");
        assert_eq!(said(b"<html>"), "no JSON");
    }
}
