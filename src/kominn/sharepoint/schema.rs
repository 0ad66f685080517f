//! What the list looks like, as it says itself: nothing is sent that it does not have.

use std::collections::BTreeMap;

use serde_json::Value;

use super::field::{Field, Kind, kind};
use crate::platform::fingerprint::digest_of;

#[derive(Clone, Debug, Default)]
pub(crate) struct Schema {
    /// What `SharePoint` calls the type of an item: the verbose dialect names it.
    pub(crate) entity: Option<String>,
    pub(crate) fields: BTreeMap<String, Field>,
    /// How many items it says that it has.
    pub(crate) items: Option<i64>,
    /// The ids of the items of the sustainable development goals, by their numbers.
    pub(crate) goals: BTreeMap<u8, i64>,
}

impl Schema {
    /// Of the answer about the fields; only those with one of `names`.
    pub(super) fn read(rows: &[Value], names: &[&str]) -> BTreeMap<String, Field> {
        let fields = rows.iter().filter_map(|row| {
            let name = row.get("InternalName")?.as_str().filter(|name| names.contains(name))?;
            let choices = row.get("Choices").unwrap_or(&Value::Null);
            let choices = choices.get("results").unwrap_or(choices).as_array();
            let choices =
                choices.into_iter().flatten().filter_map(Value::as_str).map(ToOwned::to_owned).collect();
            let kind = kind(row.get("TypeAsString")?.as_str()?);
            Some((name.to_owned(), Field { kind, choices }))
        });
        // Every list has a title, though it stands in no group of its own fields.
        let title = Field { kind: Kind::Text, choices: Vec::new() };
        std::iter::once(("Title".to_owned(), title)).chain(fields).collect()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    /// What changes when the list does, so that everything is compared anew.
    pub(crate) fn fingerprint(&self, of_target: &str) -> String {
        let text = format!("{of_target} {:?} {:?}", self.fields, self.goals);
        digest_of(text.as_bytes())
    }

    #[cfg(test)]
    pub(crate) fn of(fields: &[(&str, &str)]) -> Self {
        let field = |of: &str| Field { kind: kind(of), choices: Vec::new() };
        let fields = fields.iter().map(|(name, of)| ((*name).to_owned(), field(of))).collect();
        Self { fields, ..Self::default() }
    }
}

/// The goal that an item of the list of goals is: its title begins with "Mål" and the number.
pub(super) fn goal(title: &str) -> Option<u8> {
    let rest = title.trim().strip_prefix("Mål ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|goal| (1..=17).contains(goal))
}

#[cfg(test)]
mod tests {
    use super::goal;

    #[test]
    fn goals_are_known_by_their_numbers() {
        assert_eq!(goal("Mål 1 - Utrydde fattigdom"), Some(1));
        assert_eq!(goal("Mål 17 - Samarbeid for å nå målene"), Some(17));
        assert_eq!(goal("Mål 18"), None);
        assert_eq!(goal("Utrydde fattigdom"), None);
    }
}
