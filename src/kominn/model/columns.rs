//! Values of columns of type `jsonb`.

use std::collections::BTreeMap;

use diesel::{deserialize::FromSqlRow, expression::AsExpression, sql_types};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    kominn::{
        merge::{ItemChange, ItemConflict, Side},
        sharepoint::Fields,
    },
    platform::db::jsonb,
};

/// Conflicts of an item.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql_types::Jsonb)]
#[serde(transparent)]
pub(in crate::kominn) struct Conflicts(pub(in crate::kominn) Vec<ItemConflict>);

jsonb!(Conflicts);

/// Which side counts, by field.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql_types::Jsonb)]
#[serde(transparent)]
pub(in crate::kominn) struct Choices(pub(in crate::kominn) BTreeMap<String, Side>);

jsonb!(Choices);

/// Values by the names of their fields, as they were sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql_types::Jsonb)]
#[serde(transparent)]
pub(in crate::kominn) struct Pushed(pub(in crate::kominn) Fields);

jsonb!(Pushed);

/// What a step changes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql_types::Jsonb)]
#[serde(transparent)]
pub(in crate::kominn) struct Differences(pub(in crate::kominn) Vec<ItemChange>);

jsonb!(Differences);
