//! Who contributed to a content, by proposals that were taken over.

use diesel::{deserialize::FromSqlRow, expression::AsExpression, sql_types};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::fields::Field;
use crate::{
    municipalities::MunicipalityRef,
    platform::{db::jsonb, id::ProposalId, language::Language},
};

/// Whose proposal was taken over, and which members of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Credit {
    pub municipality: MunicipalityRef,
    pub proposal_id: ProposalId,
    pub fields: Vec<Field>,
}

/// Whose proposals a version took over.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql_types::Jsonb)]
#[serde(transparent)]
pub struct Credits(pub Vec<Credit>);

jsonb!(Credits);

/// Members of a content.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql_types::Jsonb)]
#[serde(transparent)]
pub struct FieldList(pub Vec<Field>);

jsonb!(FieldList);

impl Credits {
    /// The note of a version with the credit in it, in the language of the content.
    pub fn in_note(&self, note: Option<&str>, language: Language) -> Option<String> {
        let mut names: Vec<&str> = self.0.iter().map(|credit| credit.municipality.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            return note.map(str::to_owned);
        }
        let with = match language {
            Language::Nb => "Med bidrag fra",
            Language::Nn => "Med bidrag frå",
            Language::En => "With contributions from",
        };
        let credit = format!("{with} {}.", names.join(", "));
        Some(note.map_or(credit.clone(), |note| format!("{note}\n{credit}")))
    }
}
