//! The key of municipalities.

use std::{fmt, str::FromStr};

use diesel::{
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    pg::{Pg, PgValue},
    serialize::{self, Output, ToSql},
    sql_types,
};
use serde::{Deserialize, Serialize, de};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

/// A municipality's organisation number: nine digits, the last of them a control digit (MOD 11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql_types::Text)]
pub struct MunicipalityId(u32);

/// Why nine characters are not an organisation number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an organisation number: nine digits with a valid control digit")]
pub struct NotAnOrganisationNumber;

impl FromStr for MunicipalityId {
    type Err = NotAnOrganisationNumber;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
        if text.len() != 9 || digits.len() != 9 {
            return Err(NotAnOrganisationNumber);
        }
        let sum: u32 =
            digits.iter().zip([3, 2, 7, 6, 5, 4, 3, 2, 1]).map(|(digit, weight)| digit * weight).sum();
        let number = digits.iter().fold(0, |number, digit| number * 10 + digit);
        if sum.is_multiple_of(11) && number > 0 { Ok(Self(number)) } else { Err(NotAnOrganisationNumber) }
    }
}

impl fmt::Display for MunicipalityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:09}", self.0)
    }
}

impl MunicipalityId {
    /// The next number of a source outside: no organisation's begins with 0.
    pub(crate) fn next_external(last: Option<Self>) -> Self {
        let mut number = last.map_or(0, |last| last.0);
        loop {
            number += 1;
            if let Ok(next) = format!("{number:09}").parse() {
                return next;
            }
        }
    }

    /// Whether it is a source outside, and no municipality.
    pub fn is_external(self) -> bool {
        self.0 < 100_000_000
    }

    /// The number as the search index keeps it.
    pub fn number(self) -> u32 {
        self.0
    }
}

impl ToSql<sql_types::Text, Pg> for MunicipalityId {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<sql_types::Text, Pg>::to_sql(&self.to_string(), &mut out.reborrow())
    }
}

impl FromSql<sql_types::Text, Pg> for MunicipalityId {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(<String as FromSql<sql_types::Text, Pg>>::from_sql(value)?.parse()?)
    }
}

impl Serialize for MunicipalityId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MunicipalityId {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl PartialSchema for MunicipalityId {
    fn schema() -> RefOr<Schema> {
        let object = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[0-9]{9}$"))
            .description(Some("Organisation number"))
            .examples([serde_json::json!("940039541")])
            .build();
        object.into()
    }
}
impl ToSchema for MunicipalityId {}

#[cfg(test)]
mod tests {
    use super::{MunicipalityId, NotAnOrganisationNumber};

    #[test]
    fn an_organisation_number_is_kept_as_it_was_written() {
        let fredrikstad: MunicipalityId = "940039541".parse().unwrap();
        assert_eq!(fredrikstad.to_string(), "940039541");
    }

    #[test]
    fn sources_outside_have_numbers_that_no_organisation_has() {
        let first = MunicipalityId::next_external(None);
        let second = MunicipalityId::next_external(Some(first));
        assert!(first.is_external() && second.is_external() && first < second);
        assert!(!"940039541".parse::<MunicipalityId>().unwrap().is_external());
    }

    #[test]
    fn a_wrong_control_digit_or_length_is_refused() {
        for wrong in ["940039542", "94003954", "9400395410", "94003954x", "", "000000000", "９40039541"] {
            assert_eq!(wrong.parse::<MunicipalityId>(), Err(NotAnOrganisationNumber), "{wrong}");
        }
    }
}
