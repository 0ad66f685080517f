//! Merge patches.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::{
    PartialSchema,
    openapi::{ObjectBuilder, RefOr, Schema},
};

use super::json::{Extracting, from_value, invalid_body, json_body};
use crate::platform::error::{Error, Fault, Result};

/// A merge patch (RFC 7396, `application/merge-patch+json`): `null` removes a member, an absent one stays.
pub struct MergePatch(Map<String, Value>);

impl MergePatch {
    /// `current` with the patch applied, checked as strictly as a whole body would be.
    pub fn apply<T: serde::Serialize + DeserializeOwned>(self, current: &T) -> Result<T> {
        let mut merged = serde_json::to_value(current).map_err(anyhow::Error::from)?;
        // Removing what is not known would be nothing, silently.
        if let Some((name, _)) =
            self.0.iter().find(|(name, value)| value.is_null() && merged.get(name.as_str()).is_none())
        {
            let detail = "is not known here".to_owned();
            return Err(invalid_body(Fault { pointer: format!("#/{name}"), code: "unknown".into(), detail }));
        }
        merge(&mut merged, Value::Object(self.0));
        from_value(merged)
    }
}

fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            target.remove(&name);
        } else {
            merge(target.entry(name).or_insert(Value::Null), value);
        }
    }
}

/// Declares the schema of a merge patch on a type.
macro_rules! patch_of {
    ($(#[$doc:meta])* $visibility:vis $name:ident, $of:ty) => {
        $(#[$doc])*
        $visibility struct $name;

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                $crate::platform::extract::patch_schema::<$of>()
            }
        }

        impl utoipa::ToSchema for $name {
            fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>) {
                <$of as utoipa::ToSchema>::schemas(schemas);
            }
        }
    };
}
pub(crate) use patch_of;

/// The schema of a merge patch on `T`: the same members, none required, each of them nullable.
pub fn patch_schema<T: PartialSchema>() -> RefOr<Schema> {
    let mut schema = serde_json::to_value(T::schema()).unwrap_or_default();
    if let Value::Object(object) = &mut schema {
        object.remove("required");
        object.insert("description".to_owned(), "A merge patch (RFC 7396): null removes a member.".into());
        if let Some(Value::Object(members)) = object.get_mut("properties") {
            members.iter_mut().for_each(|(_, member)| make_nullable(member));
        }
    }
    serde_json::from_value(schema).unwrap_or_else(|_cause| ObjectBuilder::new().build().into())
}

fn make_nullable(member: &mut Value) {
    if let Some(Value::String(kind)) = member.get("type") {
        let nullable = serde_json::json!([kind, "null"]);
        if let Value::Object(member) = member {
            member.insert("type".to_owned(), nullable);
        }
    } else if member.get("$ref").is_some() {
        *member = serde_json::json!({ "oneOf": [{ "type": "null" }, member.take()] });
    }
}

impl FromRequest for MergePatch {
    type Error = Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let patch = json_body(&request, payload, "application/merge-patch+json").await?;
            let Value::Object(members) = patch else {
                return Err(invalid_body(Fault::invalid("#", "must be an object")));
            };
            Ok(Self(members))
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::merge;

    /// The examples of RFC 7396, appendix A.
    #[test]
    fn a_merge_patch_does_what_the_rfc_says() {
        let examples = [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b"}), json!({"a":null}), json!({})),
            (json!({"a":"b","b":"c"}), json!({"a":null}), json!({"b":"c"})),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"c"}), json!({"a":["b"]}), json!({"a":["b"]})),
            (json!({"a":{"b":"c"}}), json!({"a":{"b":"d","c":null}}), json!({"a":{"b":"d"}})),
            (json!({"a":[{"b":"c"}]}), json!({"a":[1]}), json!({"a":[1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a":"b"}), json!(["c"]), json!(["c"])),
            (json!({"a":"foo"}), Value::Null, Value::Null),
            (json!({"a":"foo"}), json!("bar"), json!("bar")),
            (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
            (json!([1, 2]), json!({"a":"b","c":null}), json!({"a":"b"})),
            (json!({}), json!({"a":{"bb":{"ccc":null}}}), json!({"a":{"bb":{}}})),
        ];
        for (mut target, patch, expected) in examples {
            merge(&mut target, patch);
            assert_eq!(target, expected);
        }
    }
}
