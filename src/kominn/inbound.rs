//! An item as a publication here.

use serde_json::{Value, json};

use super::{
    config::Target,
    names::Column,
    sections::{self, Section},
    sharepoint::{Item, Schema},
    text::{clean, words},
};
use crate::{platform::address::WebAddress, projects::Content, publications::External};

/// The status that is not shown to anybody.
pub(super) const SUBMITTED: &str = "Sendt inn";

/// An item that is read with these eyes.
pub(super) struct Inbound<'a> {
    pub(super) target: &'a Target,
    pub(super) schema: &'a Schema,
}

impl Inbound<'_> {
    fn text<'i>(&self, item: &'i Item, column: Column) -> Option<&'i str> {
        item.text(column.name(self.target.profile))
    }

    /// Whether it is shown to others over there.
    pub(super) fn is_shown(&self, item: &Item) -> bool {
        self.status(item).is_some_and(|status| status != SUBMITTED && status != "Kladd")
    }

    pub(super) fn status<'i>(&self, item: &'i Item) -> Option<&'i str> {
        self.text(item, Column::Status)
    }

    /// The items that it was inspired by.
    pub(super) fn inspired_by(&self, item: &Item) -> Vec<i64> {
        item.ids(Column::InspiredBy.name(self.target.profile))
    }

    /// Where it comes from.
    pub(super) fn external(&self, item: &Item) -> External {
        External {
            system: "kominn".to_owned(),
            target: self.target.name.clone(),
            item: item.id,
            url: page(self.target, item.id),
            status: self.status(item).and_then(|status| clean(status, 100)),
            municipality_number: self
                .text(item, Column::MunicipalityNumber)
                .and_then(|number| clean(number, 16)),
            image: self.text(item, Column::Image).filter(|url| is_address(url)).map(ToOwned::to_owned),
            etag: item.etag.clone(),
        }
    }

    /// What it says, as far as ours can say it. No telephone, address, manager or other person is read at all.
    ///
    /// # Errors
    /// In words, when it cannot be shown.
    pub(super) fn content(&self, item: &Item) -> Result<Content, String> {
        let own = |column, most| self.text(item, column).and_then(|text| clean(text, most));
        let plain = |column| self.text(item, column).and_then(words).unwrap_or_default();
        let (solution, told) = sections::split(&plain(Column::Solution));
        let (advice, _) = sections::split(&plain(Column::Advice));
        let told =
            |section| told.iter().find(|(of, _)| *of == section).and_then(|(_, text)| clean(text, 10_000));
        let title = own(Column::Title, 200).filter(|title| title.chars().count() >= 3);
        let tags = item.texts(Column::Tags.name(self.target.profile));
        let tags =
            tags.iter().filter_map(|tag| clean(tag, 40)).filter(|tag| tag.chars().count() >= 2).take(20);
        let content = json!({
            "title": title.unwrap_or_else(|| format!("KOMINN {}", item.id)),
            "summary": own(Column::Summary, 1000),
            "need": own(Column::Challenges, 10_000),
            "solution": solution.and_then(|text| clean(&text, 10_000)),
            "results": told(Section::Results),
            "lessons": told(Section::Lessons),
            "transfer_notes": advice.and_then(|text| clean(&text, 5000)),
            "tags": tags.collect::<Vec<_>>(),
            "sdgs": self.goals(item),
            "location": self.text(item, Column::Location).and_then(place),
            "phase": self.phase(item),
        });
        serde_json::from_value(content).map_err(|cause| format!("it cannot be shown: {cause}"))
    }

    fn goals(&self, item: &Item) -> Vec<u8> {
        let ids = item.ids(Column::Goals.name(self.target.profile));
        let goals = self.schema.goals.iter().filter(|(_, id)| ids.contains(id));
        goals.map(|(goal, _)| *goal).collect()
    }

    fn phase(&self, item: &Item) -> &'static str {
        let past = item.fields.get(Column::IsPast.name(self.target.profile)) == Some(&Value::Bool(true));
        if past || self.status(item) == Some("Suksess") { "in_use" } else { "idea" }
    }
}

/// A picture's address, and nothing else.
fn is_address(url: &str) -> bool {
    serde_json::from_value::<WebAddress>(json!(url)).is_ok()
}

/// The page of an item.
pub(super) fn page(target: &Target, item: i64) -> String {
    format!("{}/SitePages/Forslag.aspx?forslag={item}", target.site.trim_end_matches('/'))
}

/// `59.2181,10.9298`, in degrees that there are.
fn place(text: &str) -> Option<Value> {
    let (latitude, longitude) = text.split_once(',')?;
    let [latitude, longitude]: [f64; 2] = [latitude.trim().parse().ok()?, longitude.trim().parse().ok()?];
    let there_is = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
    there_is.then(|| json!({ "latitude": latitude, "longitude": longitude }))
}
