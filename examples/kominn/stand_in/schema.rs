//! The columns of the list, generation by generation.

use serde_json::{Value, json};

use super::Profile;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One line, at most so many units of UTF-16.
    Text(usize),
    Note,
    Choice,
    MultiChoice,
    Number,
    Boolean,
    DateTime,
    User,
    /// Rows of the list of sustainability goals.
    Goals,
    /// Rows of the list itself.
    Items,
    /// What only the service writes.
    System(&'static str),
}

impl Kind {
    pub(crate) fn type_name(self) -> &'static str {
        match self {
            Self::Text(_) => "Text",
            Self::Note => "Note",
            Self::Choice => "Choice",
            Self::MultiChoice => "MultiChoice",
            Self::Number => "Number",
            Self::Boolean => "Boolean",
            Self::DateTime => "DateTime",
            Self::User => "User",
            Self::Goals | Self::Items => "LookupMulti",
            Self::System(name) => name,
        }
    }

    pub(crate) fn is_lookup(self) -> bool {
        matches!(self, Self::User | Self::Goals | Self::Items)
    }

    pub(crate) fn is_several(self) -> bool {
        matches!(self, Self::MultiChoice | Self::Goals | Self::Items)
    }
}

/// A column.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
    pub(crate) fill_in: bool,
    /// Whether clients may write it.
    pub(crate) writable: bool,
    pub(crate) choices: Vec<String>,
    pub(crate) group: &'static str,
    pub(crate) default: Value,
}

impl Field {
    /// A column that every list has.
    pub(crate) fn standard(name: &str, kind: Kind, writable: bool) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            required: name == "Title",
            fill_in: false,
            writable,
            choices: Vec::new(),
            group: "_Hidden",
            default: Value::Null,
        }
    }

    /// The name of its value in JSON: a lookup shows as the ids that it points at.
    pub(crate) fn property(&self) -> String {
        if self.kind.is_lookup() { format!("{}Id", self.name) } else { self.name.clone() }
    }

    /// Whether its value has this name in JSON.
    pub(crate) fn shows_as(&self, property: &str) -> bool {
        let name = if self.kind.is_lookup() { property.strip_suffix("Id") } else { Some(property) };
        name == Some(self.name.as_str())
    }
}

/// Columns by the names that they have behind the prefix; lengths are those of the newest generation.
const COLUMNS: &[(&str, Kind)] = &[
    ("Summary", Kind::Note),
    ("Challenges", Kind::Note),
    ("SuggestedSolution", Kind::Note),
    ("UsefulForOthers", Kind::Note),
    ("UsefulnessType", Kind::MultiChoice),
    ("Tags", Kind::MultiChoice),
    ("Image", Kind::Text(255)),
    ("Location", Kind::Text(64)),
    ("Status", Kind::Choice),
    ("CaseWorkerStatus", Kind::Choice),
    ("CaseWorker", Kind::User),
    ("CompRef", Kind::Text(64)),
    ("ApplyingFor", Kind::Number),
    ("Amount", Kind::Number),
    ("IsPast", Kind::Boolean),
    ("MonthlyStartDate", Kind::DateTime),
    ("MonthlyEndDate", Kind::DateTime),
    ("SendToKS", Kind::Boolean),
    ("Likes", Kind::Number),
    ("NumberOfComments", Kind::Number),
    ("SustainabilityGoals", Kind::Goals),
    ("InspiredBy", Kind::Items),
    ("Name", Kind::Text(255)),
    ("MailAddress", Kind::Text(255)),
    ("Telephone", Kind::Text(64)),
    ("Address", Kind::Text(255)),
    ("Zipcode", Kind::Text(16)),
    ("City", Kind::Text(255)),
    ("Department", Kind::Text(255)),
    ("CountyCode", Kind::Text(16)),
    ("Manager", Kind::User),
];

/// The columns that every list begins with.
pub(crate) fn standard() -> Vec<Field> {
    vec![
        Field::standard("Id", Kind::System("Counter"), false),
        Field::standard("ContentTypeId", Kind::System("ContentTypeId"), false),
        Field::standard("Title", Kind::Text(255), true),
        Field::standard("Created", Kind::DateTime, false),
        Field::standard("Modified", Kind::DateTime, false),
        Field::standard("Author", Kind::User, false),
        Field::standard("Editor", Kind::User, false),
        Field::standard("Attachments", Kind::System("Attachments"), false),
        Field::standard("GUID", Kind::System("Guid"), false),
    ]
}

/// The columns of the list of suggestions.
pub(crate) fn suggestions(profile: Profile) -> Vec<Field> {
    let mut fields = standard();
    let own = COLUMNS.iter().filter(|(base, _)| exists(base, profile));
    fields.extend(own.map(|(base, kind)| column(base, *kind, profile)));
    fields
}

fn exists(base: &str, profile: Profile) -> bool {
    match base {
        "CaseWorkerStatus" => profile != Profile::V1_0,
        "ApplyingFor" => matches!(profile, Profile::V1_1 | Profile::Climate),
        "Amount" => matches!(profile, Profile::Climate | Profile::V2),
        "SendToKS" => profile != Profile::V2,
        _ => true,
    }
}

fn column(base: &str, newest: Kind, profile: Profile) -> Field {
    let single = base == "UsefulnessType" && matches!(profile, Profile::V1_0 | Profile::V1_1);
    let kind = if single {
        Kind::Choice
    } else if matches!(newest, Kind::Text(_)) && profile != Profile::V2 {
        Kind::Text(255)
    } else {
        newest
    };
    let name = match (profile, base) {
        (Profile::V1_0, "SustainabilityGoals") => "B_x00e6_rekraftsm_x00e5_l".to_owned(),
        (Profile::V1_0, base) => base.to_owned(),
        (_, base) => format!("Kmi{base}"),
    };
    Field {
        name,
        kind,
        required: base == "Summary" && profile == Profile::V2,
        fill_in: base == "UsefulnessType" && profile == Profile::V1_1,
        writable: true,
        choices: choices(base, profile).iter().map(|choice| (*choice).to_owned()).collect(),
        group: "KomInn",
        default: default(base, profile),
    }
}

fn default(base: &str, profile: Profile) -> Value {
    match base {
        "UsefulnessType" if matches!(profile, Profile::V1_0 | Profile::V1_1) => Value::Null,
        "UsefulnessType" | "Tags" | "SustainabilityGoals" | "InspiredBy" => json!([]),
        "Status" if profile == Profile::V2 => json!("Sendt inn"),
        "CaseWorkerStatus" => json!("Sendt inn"),
        "IsPast" if profile == Profile::V2 => json!(false),
        "Likes" | "NumberOfComments" if profile == Profile::V2 => json!(0),
        _ => Value::Null,
    }
}

fn choices(base: &str, profile: Profile) -> &'static [&'static str] {
    match (base, profile) {
        ("UsefulnessType", Profile::V1_0) => &["Fag", "Folk", "Penger"],
        ("UsefulnessType", Profile::V1_1) => &[
            "Effektivisering/Tidstyvjakt",
            "Arbeidsmiljø",
            "Tjenesteutvikling/Tjenesteinnovasjon",
            "Samskaping/Gjøre noe med andre enn kommunens egne ansatte.",
            "Annet (Beskriv i feltet under)",
        ],
        ("UsefulnessType", Profile::Climate | Profile::V2) => &[
            "Endring, ledelse og kommunikasjon",
            "Klimasmart mat",
            "Bærekraftig forbruk",
            "Fremtidsrettede bygg og anlegg",
            "Grønn mobilitet",
            "Naturen som karbonlager",
        ],
        ("Tags", _) => &["Kommunalt", "Skole", "Barnehage"],
        ("Status", Profile::V1_0) => &["Sendt inn", "Publisert", "Kladd", "Suksess", "Promotert"],
        ("Status", _) => &["Sendt inn", "Publisert", "Suksess", "Promotert"],
        ("CaseWorkerStatus", _) => &["Sendt inn", "Løftes til linja", "Vurderes", "Godtatt", "Avslått"],
        _ => &[],
    }
}
