//! Values that a column of type `jsonb` holds.

/// Lets a type that serde knows be the value of a `jsonb` column.
macro_rules! jsonb {
    ($name:ty) => {
        impl diesel::serialize::ToSql<diesel::sql_types::Jsonb, diesel::pg::Pg> for $name {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
            ) -> diesel::serialize::Result {
                std::io::Write::write_all(out, &[$crate::platform::db::JSONB_VERSION])?;
                serde_json::to_writer(out, self)?;
                Ok(diesel::serialize::IsNull::No)
            }
        }

        impl diesel::deserialize::FromSql<diesel::sql_types::Jsonb, diesel::pg::Pg> for $name {
            fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
                match value.as_bytes().split_first() {
                    Some((&$crate::platform::db::JSONB_VERSION, text)) => Ok(serde_json::from_slice(text)?),
                    _ => Err("jsonb of an unknown version".into()),
                }
            }
        }
    };
}
pub(crate) use jsonb;

/// PostgreSQL's binary form of `jsonb` is this byte and then the text.
pub(crate) const JSONB_VERSION: u8 = 1;
