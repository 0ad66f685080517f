//! A content by its members: what form each has, which of them go along with an imitation, and how one content takes
//! over members of another.

use diesel::{deserialize::FromSqlRow, expression::AsExpression, sql_types};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::content::Content;
use crate::platform::{closed::closed, db::jsonb, error::Result, extract::from_value};

closed! {
    /// A member of a project's content.
    pub enum Field {
        Title = "title",
        Summary = "summary",
        Need = "need",
        TargetGroups = "target_groups",
        Solution = "solution",
        Results = "results",
        Lessons = "lessons",
        TransferNotes = "transfer_notes",
        Language = "language",
        StrategicAreas = "strategic_areas",
        Kinds = "kinds",
        Degree = "degree",
        Tags = "tags",
        Sdgs = "sdgs",
        Location = "location",
        Phase = "phase",
        PutToUseOn = "put_to_use_on",
        OrganisationalUnit = "organisational_unit",
        Contact = "contact",
        Image = "image",
        Links = "links",
        Licence = "licence",
    }
}

/// How a member is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// By its words.
    Text,
    /// As a set: what was added and what was removed, in whatever order.
    List,
    /// Whole.
    Value,
}

impl Field {
    pub fn form(self) -> Form {
        match self {
            Self::Title
            | Self::Summary
            | Self::Need
            | Self::Solution
            | Self::Results
            | Self::Lessons
            | Self::TransferNotes => Form::Text,
            Self::TargetGroups
            | Self::StrategicAreas
            | Self::Kinds
            | Self::Tags
            | Self::Sdgs
            | Self::Links => Form::List,
            Self::Language
            | Self::Degree
            | Self::Location
            | Self::Phase
            | Self::PutToUseOn
            | Self::OrganisationalUnit
            | Self::Contact
            | Self::Image
            | Self::Licence => Form::Value,
        }
    }

    /// Whether an imitation takes it over, so that it can be compared with the upstream's: what became of a project,
    /// where, and whom to ask is each municipality's own.
    pub fn is_shared(self) -> bool {
        match self {
            Self::Title
            | Self::Summary
            | Self::Need
            | Self::TargetGroups
            | Self::Solution
            | Self::TransferNotes
            | Self::Language
            | Self::StrategicAreas
            | Self::Kinds
            | Self::Degree
            | Self::Tags
            | Self::Sdgs
            | Self::Links
            | Self::Licence => true,
            Self::Results
            | Self::Lessons
            | Self::Location
            | Self::Phase
            | Self::PutToUseOn
            | Self::OrganisationalUnit
            | Self::Image
            | Self::Contact => false,
        }
    }

    pub fn shared() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|field| field.is_shared())
    }
}

/// A content, or some members of one, as JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql_types::Jsonb)]
#[serde(transparent)]
pub struct Fields(Map<String, Value>);

jsonb!(Fields);

impl Fields {
    pub fn of(content: &Content) -> Result<Self> {
        let Value::Object(members) = serde_json::to_value(content).map_err(anyhow::Error::from)? else {
            return Err(anyhow::anyhow!("a content is an object").into());
        };
        Ok(Self(members))
    }

    /// The members that go along with an imitation.
    pub fn shared(content: &Content) -> Result<Self> {
        let mut fields = Self::of(content)?;
        fields.0.retain(|name, _| name.parse().is_ok_and(Field::is_shared));
        Ok(fields)
    }

    /// Null when there is none.
    pub fn get(&self, field: Field) -> &Value {
        self.0.get(field.code()).unwrap_or(&Value::Null)
    }

    /// Null is nothing: what a list is without it is empty.
    pub fn set(&mut self, field: Field, value: Value) {
        if value.is_null() {
            self.0.remove(field.code());
        } else {
            self.0.insert(field.code().to_owned(), value);
        }
    }

    /// The content with these members.
    ///
    /// # Errors
    /// 422 naming the member that breaks its rule: a list can get too long by uniting two.
    pub fn into_content(self) -> Result<Content> {
        from_value(Value::Object(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::{Field, Fields};
    use crate::projects::{Content, Phase};

    fn full() -> Content {
        serde_json::from_str(include_str!("full.json")).unwrap()
    }

    #[test]
    fn every_member_of_a_content_is_a_field() {
        let Fields(members) = Fields::of(&full()).unwrap();
        let names: Vec<&str> = members.keys().map(String::as_str).collect();
        let fields: Vec<&str> = Field::ALL.iter().map(|field| field.code()).collect();
        assert_eq!(names.len(), fields.len());
        assert!(names.iter().all(|name| fields.contains(name)), "{names:?}");
    }

    #[test]
    fn what_is_shared_is_what_an_imitation_takes_over() {
        let (before, after) = (full(), full().for_imitation(Phase::Idea));
        let (before, after) = (Fields::of(&before).unwrap(), Fields::of(&after).unwrap());
        for field in Field::ALL.iter().copied().filter(|field| *field != Field::Phase) {
            assert_eq!(before.get(field) == after.get(field), field.is_shared(), "{field:?}");
        }
    }
}
