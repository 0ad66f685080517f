//! Laws of the mapping: what is sent and read again is what it was, but for what the item itself says was cut.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    config::Target,
    inbound::Inbound,
    names::{Column, Profile},
    outbound::Outbound,
    sharepoint::{Item, Schema},
};
use crate::{
    municipalities::MunicipalityRef,
    platform::{clock::Clock, directory::Directory, id::ProjectId},
    projects::{Audience, Content},
    publications::Publication,
};

const PROFILES: [(&str, Profile); 4] =
    [("v1_0", Profile::V1_0), ("v1_1", Profile::V1_1), ("climate", Profile::Climate), ("v2", Profile::V2)];

fn target(profile: &str) -> Target {
    let target = json!({
        "name": "kominn", "site": "https://kominn.example/sites/kominn", "profile": profile, "auth": { "kind": "none" },
        "schedule": { "every_minutes": 60 }
    });
    serde_json::from_value(target).unwrap()
}

fn schema(profile: Profile) -> Schema {
    let single = profile == Profile::V1_0 || profile == Profile::V1_1;
    let kinds: [(&str, &[Column]); 5] = [
        ("Note", &[Column::Summary, Column::Challenges, Column::Solution, Column::Advice]),
        ("MultiChoice", if single { &[Column::Tags] } else { &[Column::Tags, Column::Benefit] }),
        ("Choice", &[Column::Status, Column::CaseWorkerStatus, Column::Benefit]),
        ("LookupMulti", &[Column::Goals, Column::InspiredBy]),
        ("Boolean", &[Column::IsPast, Column::SendToKs]),
    ];
    let kind = |column: Column| {
        kinds.iter().find(|(_, columns)| columns.contains(&column)).map_or("Text", |(kind, _)| *kind)
    };
    let fields: Vec<_> = Column::ALL.iter().map(|column| (column.name(profile), kind(*column))).collect();
    let mut schema = Schema::of(&fields);
    schema.goals = (1..=17_u8).map(|goal| (goal, 100 + i64::from(goal))).collect();
    for (column, choices) in
        [(Column::Tags, ["Skole", "Barnehage"]), (Column::Status, ["Sendt inn", "Publisert"])]
    {
        let field = schema.fields.get_mut(column.name(profile)).unwrap();
        field.choices = choices.map(ToOwned::to_owned).to_vec();
    }
    schema
}

/// Words with everything that could go wrong in them: letters of ours, quotes, markup, separators, headings, emoji.
fn text(longest: usize) -> impl Strategy<Value = Option<String>> {
    let piece = prop_oneof![
        "[a-zæøåÆØÅ0-9 ]{1,12}",
        prop::sample::select(vec![
            "'",
            "\"",
            ";#",
            "<b>",
            "&amp;",
            "\n",
            "— Resultater —",
            "🛶",
            "0",
            "null",
            "{id}"
        ])
        .prop_map(ToOwned::to_owned),
    ];
    proptest::option::of(proptest::collection::vec(piece, 1..20).prop_map(move |pieces| {
        let text: String = pieces.concat().chars().take(longest).collect();
        let lines: Vec<&str> = text.trim().lines().map(str::trim_end).collect();
        format!("a{}", lines.join("\n"))
    }))
}

fn content() -> impl Strategy<Value = Content> {
    let texts = (text(190), text(900), text(2000), text(2000), text(2000), text(2000), text(2000));
    let rest = (
        proptest::collection::btree_set(1..=17_u8, 0..5),
        proptest::collection::btree_set(prop::sample::select(vec!["skole", "barnehage", "annet"]), 0..3),
        proptest::option::of((-90.0..90.0_f64, -180.0..180.0_f64)),
        prop::sample::select(vec!["idea", "in_use"]),
    );
    (texts, rest).prop_map(|(texts, (sdgs, tags, place, phase))| {
        let (title, summary, need, solution, results, lessons, advice) = texts;
        let content = json!({
            "title": format!("Tittel {}", title.unwrap_or_default().replace('\n', " ")), "summary": summary, "need": need,
            "solution": solution, "results": results, "lessons": lessons, "transfer_notes": advice, "sdgs": sdgs, "tags": tags,
            "location": place.map(|(latitude, longitude)| json!({ "latitude": latitude, "longitude": longitude })), "phase": phase
        });
        serde_json::from_value(content).unwrap()
    })
}

fn publication(content: Content) -> Publication {
    let municipality = MunicipalityRef::of(&Directory::default(), "940039541".parse().unwrap());
    let (first_published_at, published_at) = (Clock.now(), Clock.now());
    Publication {
        id: ProjectId::new(),
        version: 1,
        municipality,
        audience: Audience::Public,
        note: None,
        credits: Vec::new(),
        content,
        external: None,
        origins: Vec::new(),
        first_published_at,
        published_at,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_sent_and_read_again_is_what_it_was(content in content()) {
        for (name, profile) in PROFILES {
            let (target, schema, directory) = (target(name), schema(profile), Directory::default());
            let outbound =
                Outbound { target: &target, schema: &schema, directory: &directory, link: "https://p.example/{id}" };
            let fields = outbound.fields(&publication(content.clone()), &[], None);
            let written: BTreeMap<&str, &Value> = fields.iter().map(|(name, value)| (name.as_str(), value)).collect();
            let item = Item { id: 1, fields: fields.clone(), ..Item::default() };
            let read = Inbound { target: &target, schema: &schema }.content(&item).unwrap();
            let cut = read.title.as_str().ends_with('…');
            prop_assert!(cut || read.title == content.title, "{:?} {:?}", read.title, content.title);
            if cut {
                let advice = written[Column::Advice.name(profile)].as_str().unwrap();
                prop_assert!(advice.contains("forkortet"), "{advice}");
            }
            prop_assert_eq!(&read.summary, &content.summary);
            prop_assert_eq!(&read.need, &content.need);
            prop_assert_eq!(&read.solution, &content.solution);
            prop_assert_eq!(&read.results, &content.results);
            prop_assert_eq!(&read.lessons, &content.lessons);
            prop_assert_eq!(&read.transfer_notes, &content.transfer_notes);
            prop_assert_eq!(json!(read.sdgs), json!(content.sdgs));
            prop_assert_eq!(read.phase, content.phase);
            let known = |tag: &&crate::projects::Tag| tag.as_str() != "annet";
            let tags = |content: &Content| content.tags.iter().filter(known).map(|tag| tag.as_str().to_owned()).collect::<std::collections::BTreeSet<_>>();
            prop_assert_eq!(tags(&read), tags(&content));
            match (&read.location, &content.location) {
                (Some(read), Some(sent)) => {
                    prop_assert!((read.latitude.degrees() - sent.latitude.degrees()).abs() < 1e-6);
                    prop_assert!((read.longitude.degrees() - sent.longitude.degrees()).abs() < 1e-6);
                }
                (read, sent) => prop_assert!(read.is_none() && sent.is_none()),
            }
        }
    }

    #[test]
    fn a_line_of_text_fits_and_nothing_is_sent_that_is_theirs(content in content()) {
        let (target, schema, directory) = (target("v2"), schema(Profile::V2), Directory::default());
        let outbound = Outbound { target: &target, schema: &schema, directory: &directory, link: "https://p.example/{id}" };
        let fields = outbound.fields(&publication(content), &[], None);
        for theirs in [Column::Status, Column::CaseWorkerStatus, Column::Likes, Column::Comments, Column::SendToKs, Column::Reference] {
            prop_assert!(!fields.contains_key(theirs.name(Profile::V2)), "{theirs:?}");
        }
        for line in ["Title", "KmiLocation", "KmiImage", "KmiName"] {
            let longest = if line == "KmiLocation" { 64 } else { 255 };
            let length = fields.get(line).and_then(Value::as_str).map_or(0, |text| text.encode_utf16().count());
            prop_assert!(length <= longest, "{line}: {length}");
        }
    }
}
