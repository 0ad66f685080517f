//! Lists without repetition.

use serde::{Deserialize, Serialize, de};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ArrayBuilder, RefOr, Schema},
};

/// At most `MAX` different values, in the order in which they were given; repeated ones are dropped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Set<T, const MAX: usize>(Vec<T>);

impl<T, const MAX: usize> Default for Set<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// Of values that are ours, and few enough.
impl<T: PartialEq, const MAX: usize> FromIterator<T> for Set<T, MAX> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut set = Vec::new();
        for value in values.into_iter().take(MAX) {
            if !set.contains(&value) {
                set.push(value);
            }
        }
        Self(set)
    }
}

impl<T, const MAX: usize> std::ops::Deref for Set<T, MAX> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'de, T: Deserialize<'de> + PartialEq, const MAX: usize> Deserialize<'de> for Set<T, MAX> {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut values: Vec<T> = Vec::new();
        for value in Vec::<T>::deserialize(deserializer)? {
            if !values.contains(&value) {
                values.push(value);
            }
            if values.len() > MAX {
                return Err(de::Error::custom(format!("must be at most {MAX} different values")));
            }
        }
        Ok(Self(values))
    }
}

/// The derive hands a generic type the schemas of its arguments by this trait.
impl<T: PartialSchema, const MAX: usize> utoipa::__dev::ComposeSchema for Set<T, MAX> {
    fn compose(arguments: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        let items = arguments.into_iter().next().unwrap_or_else(T::schema);
        ArrayBuilder::new().items(items).max_items(Some(MAX)).build().into()
    }
}
impl<T: ToSchema, const MAX: usize> ToSchema for Set<T, MAX> {}

#[cfg(test)]
mod tests {
    use super::Set;

    #[test]
    fn a_set_drops_what_is_repeated_and_refuses_too_many() {
        let set: Set<u8, 2> = serde_json::from_str("[3, 1, 3]").unwrap();
        assert_eq!(&*set, [3, 1]);
        assert!(serde_json::from_str::<Set<u8, 2>>("[1, 2, 3]").is_err());
    }
}
