//! A publication as an item over there: every field that is ours, and what was lost on the way.

use std::collections::BTreeMap;

use chrono::Datelike;
use serde_json::{Value, json};

use super::{
    config::{Marker, Target},
    inbound::SUBMITTED,
    merge::Side,
    names::{Column, Profile},
    sections::{self, Section},
    sharepoint::{Fields, Schema},
    text::shorten,
};
use crate::{
    platform::{
        directory::Directory,
        id::{MunicipalityId, ProjectId},
        text::Text,
    },
    projects::Content,
    publications::Publication,
};

/// What a site takes: its names, its fields and its choices.
pub(super) struct Outbound<'a> {
    pub(super) target: &'a Target,
    pub(super) schema: &'a Schema,
    pub(super) directory: &'a Directory,
    /// The page of a publication, with `{id}` in it.
    pub(super) link: &'a str,
}

/// How the line begins by which an item says whose it is.
pub(super) const MARK: &str = "Les hele prosjektet: ";

/// Choices of "type nytte" for our codes, unless the configuration has its own.
const BENEFITS: &[(&str, &str)] = &[
    ("product-service", "Tjenesteutvikling/Tjenesteinnovasjon"),
    ("process", "Effektivisering/Tidstyvjakt"),
    ("samskapende-kommune", "Samskaping/Gjøre noe med andre enn kommunens egne ansatte."),
];

impl Outbound<'_> {
    /// What we own of the item. `apart` are the origins that no item of the site can stand for,
    /// `picture` the name of its picture in the library.
    pub(super) fn fields(
        &self,
        publication: &Publication,
        apart: &[(String, ProjectId)],
        picture: Option<&str>,
    ) -> Fields {
        let content = &publication.content;
        let (title, cut) = shorten(content.title.as_str(), Column::Title.longest());
        let mut fields = self.of_owner(publication.municipality.organisation_number);
        self.put(&mut fields, Column::Title, json!(title));
        self.put(&mut fields, Column::Summary, json!(content.summary.as_ref().map(Text::as_str)));
        self.put(&mut fields, Column::Challenges, json!(content.need.as_ref().map(Text::as_str)));
        self.put(&mut fields, Column::Solution, json!(solution(content)));
        self.put(&mut fields, Column::Advice, json!(self.advice(publication, apart, cut)));
        self.put(&mut fields, Column::Benefit, self.benefit(content));
        self.put(&mut fields, Column::Tags, json!(self.tags(content)));
        self.put(&mut fields, Column::Location, json!(location(content)));
        self.put(&mut fields, Column::Image, json!(picture.map(|name| self.picture(name))));
        self.put(&mut fields, Column::IsPast, json!(content.phase.is_in_use()));
        let goals = content.sdgs.iter().filter_map(|goal| self.schema.goals.get(&goal.number()));
        let mut goals: Vec<i64> = goals.copied().collect();
        goals.sort_unstable();
        if !self.schema.goals.is_empty() {
            self.put(&mut fields, Column::Goals, json!(goals));
        }
        self.put_contact(&mut fields, content);
        fields
    }

    /// What is left of one that was taken back: KOMINN has no status for it, and deleting is not ours to do.
    pub(super) fn notice(&self, id: ProjectId, owner: MunicipalityId) -> Fields {
        let name = self.directory.name(owner);
        let mut fields = self.of_owner(owner);
        self.put(&mut fields, Column::Title, json!(format!("Trukket tilbake av {name}")));
        let notice = format!("{name} kommune deler ikke lenger dette prosjektet. Forslaget kan fjernes.");
        self.put(&mut fields, Column::Summary, json!(notice));
        let advice = (self.target.marker == Marker::Link)
            .then(|| sections::join(None, &[(Section::About, self.mark(id))]));
        self.put(&mut fields, Column::Advice, json!(advice));
        for column in [
            Column::Challenges,
            Column::Solution,
            Column::Location,
            Column::Image,
            Column::Mail,
            Column::Department,
        ] {
            self.put(&mut fields, column, Value::Null);
        }
        for column in [Column::Tags, Column::Goals] {
            self.put(&mut fields, column, json!([]));
        }
        fields
    }

    /// Fields of which the contact's owner decides, whatever stands there.
    pub(super) fn always_ours(&self) -> BTreeMap<String, Side> {
        let names = [Column::Mail, Column::Department].map(|column| column.name(self.target.profile));
        names.into_iter().map(|name| (name.to_owned(), Side::Ours)).collect()
    }

    /// What is set once, and is KOMINN's from then on; and the mark by which the item is known again.
    pub(super) fn beginning(&self, id: ProjectId) -> Fields {
        let mut fields = Fields::new();
        self.put(&mut fields, Column::Status, json!(self.target.status));
        self.put(&mut fields, Column::CaseWorkerStatus, json!(SUBMITTED));
        self.put(&mut fields, Column::SendToKs, json!(false));
        if self.target.marker == Marker::Reference {
            self.put(&mut fields, Column::Reference, json!(reference(id)));
        }
        fields
    }

    pub(super) fn page(&self, id: ProjectId) -> String {
        self.link.replace("{id}", &id.to_string())
    }

    /// The line by which an item says whose it is.
    pub(super) fn mark(&self, id: ProjectId) -> String {
        format!("{MARK}{}", self.page(id))
    }

    /// The address of a picture in the library, as KOMINN itself writes it.
    pub(super) fn picture(&self, name: &str) -> String {
        format!("{}/Bilder/{name}", self.target.site.trim_end_matches('/'))
    }

    fn of_owner(&self, owner: MunicipalityId) -> Fields {
        let mut fields = Fields::new();
        let municipality = self.directory.municipalities.get(&owner);
        let number = municipality.and_then(|found| found.municipality_numbers.last());
        self.put(&mut fields, Column::Name, json!(format!("{} kommune", self.directory.name(owner))));
        self.put(&mut fields, Column::City, json!(self.directory.name(owner)));
        self.put(&mut fields, Column::MunicipalityNumber, json!(number.map(|period| period.number.clone())));
        fields
    }

    /// A mailbox and a unit, where the configuration says so.
    fn put_contact(&self, fields: &mut Fields, content: &Content) {
        if self.target.contact {
            let contact = content.contact.as_ref();
            self.put(fields, Column::Mail, json!(contact.map(|contact| &contact.email)));
            self.put(fields, Column::Department, json!(contact.map(|contact| contact.unit.as_str())));
        }
    }

    /// Only what the site has, and one line of text within its length.
    fn put(&self, fields: &mut Fields, column: Column, value: Value) {
        use super::sharepoint::Kind;
        let name = column.name(self.target.profile);
        let Some(field) = self.schema.fields.get(name) else { return };
        let value = match (field.kind, value) {
            (Kind::Text, Value::String(text)) => json!(shorten(&text, column.longest()).0),
            // What the site does not know is left as it stands.
            (Kind::Choice | Kind::Choices, value) if !field.takes(&value) => return,
            (Kind::Other, _) => return,
            (_, value) => value,
        };
        fields.insert(name.to_owned(), value);
    }

    fn advice(&self, publication: &Publication, apart: &[(String, ProjectId)], cut: bool) -> Option<String> {
        let mut sections = Vec::new();
        if !apart.is_empty() {
            let origin = |(title, id): &(String, ProjectId)| format!("{title}: {}", self.page(*id));
            sections.push((Section::BuildsOn, apart.iter().map(origin).collect::<Vec<_>>().join("\n")));
        }
        let mut about = self.mark(publication.id);
        if cut {
            about.push_str("\nTittelen er forkortet her.");
        }
        if let Some(day) = publication.content.put_to_use_on {
            about = format!("{about}\nTatt i bruk {}.{}.{}.", day.day(), day.month(), day.year());
        }
        sections.push((Section::About, about));
        sections::join(publication.content.transfer_notes.as_ref().map(Text::as_str), &sections)
    }

    /// The choices that stand for our kinds and areas; one where only one fits.
    fn benefit(&self, content: &Content) -> Value {
        let Some(field) = self.schema.fields.get(Column::Benefit.name(self.target.profile)) else {
            return Value::Null;
        };
        let codes = content.kinds.iter().chain(content.strategic_areas.iter()).map(Text::as_str);
        let mut choices: Vec<String> = Vec::new();
        for choice in codes.filter_map(|code| self.benefit_of(code)) {
            if field.choices.contains(&choice) && !choices.contains(&choice) {
                choices.push(choice);
            }
        }
        if field.takes_many() { json!(choices) } else { json!(choices.first()) }
    }

    /// The same, as one text.
    pub(super) fn benefit_in_words(&self, content: &Content) -> Option<String> {
        match self.benefit(content) {
            Value::String(choice) => Some(choice),
            Value::Array(choices) if !choices.is_empty() => {
                Some(choices.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "))
            }
            Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
        }
    }

    fn benefit_of(&self, code: &str) -> Option<String> {
        if let Some(own) = &self.target.benefits {
            return own.get(code).cloned();
        }
        let standard = BENEFITS.iter().filter(|_| self.target.profile != Profile::V2);
        standard.clone().find(|(ours, _)| *ours == code).map(|(_, theirs)| (*theirs).to_owned())
    }

    /// The site's own choices among our tags.
    fn tags(&self, content: &Content) -> Vec<String> {
        let choices = self.schema.fields.get(Column::Tags.name(self.target.profile));
        let choices = choices.map(|field| field.choices.as_slice()).unwrap_or_default();
        let tagged = |choice: &&String| content.tags.iter().any(|tag| tag.as_str() == choice.to_lowercase());
        choices.iter().filter(tagged).cloned().collect()
    }
}

/// How one of ours is known again.
pub(super) fn reference(id: ProjectId) -> String {
    format!("NGI:{id}")
}

fn solution(content: &Content) -> Option<String> {
    let results = content.results.as_ref().map(|text| (Section::Results, text.as_str().to_owned()));
    let lessons = content.lessons.as_ref().map(|text| (Section::Lessons, text.as_str().to_owned()));
    let sections: Vec<_> = results.into_iter().chain(lessons).collect();
    sections::join(content.solution.as_ref().map(Text::as_str), &sections)
}

/// Six decimals are a tenth of a metre.
fn location(content: &Content) -> Option<String> {
    let place = content.location.as_ref()?;
    let degrees = |degrees: f64| {
        let text = format!("{degrees:.6}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    Some(format!("{},{}", degrees(place.latitude.degrees()), degrees(place.longitude.degrees())))
}
