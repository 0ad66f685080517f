//! What a municipality writes about a project. The same value is a draft, a published version, the content of an
//! imitation, and what the index reads; a new field is added here and nowhere else.

use chrono::NaiveDate;
use diesel::{deserialize::FromSqlRow, expression::AsExpression, sql_types};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    phase::Phase,
    tag::Tag,
    values::{Degrees, Sdg},
};
use crate::{
    images,
    platform::{
        address::{Email, WebAddress},
        db::{TenantTx, jsonb},
        directory::Directory,
        error::{self, Error, Fault, Result},
        id::ImageId,
        language::Language,
        set::Set,
        text::Text,
    },
};

/// What a municipality writes about a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql_types::Jsonb)]
pub struct Content {
    /// What it is called.
    #[schema(inline)]
    pub title: Text<3, 200>,
    /// What it is, in one to three sentences.
    #[serde(default)]
    #[schema(inline)]
    pub summary: Option<Text<1, 1000>>,
    /// The need that it is to meet: the problem, and whose it is. Comes before any solution.
    #[serde(default)]
    #[schema(inline)]
    pub need: Option<Text<1, 10000>>,
    /// Who has the need.
    #[serde(default)]
    #[schema(inline)]
    pub target_groups: Set<Text<1, 100>, 10>,
    /// What is done about it.
    #[serde(default)]
    #[schema(inline)]
    pub solution: Option<Text<1, 10000>>,
    /// What came of it, measured or seen.
    #[serde(default)]
    #[schema(inline)]
    pub results: Option<Text<1, 10000>>,
    /// What worked and what did not. A discontinued project cannot be published without.
    #[serde(default)]
    #[schema(inline)]
    pub lessons: Option<Text<1, 10000>>,
    /// Advice to whoever imitates this: what it takes, what to watch.
    #[serde(default)]
    #[schema(inline)]
    pub transfer_notes: Option<Text<1, 5000>>,
    /// The language of the texts.
    #[serde(default)]
    pub language: Language,
    /// Codes of the vocabulary `strategic_areas`.
    #[serde(default)]
    #[schema(inline)]
    pub strategic_areas: Set<Code, 10>,
    /// Codes of the vocabulary `innovation_kinds`.
    #[serde(default)]
    #[schema(inline)]
    pub kinds: Set<Code, 10>,
    /// A code of the vocabulary `innovation_degrees`.
    #[serde(default)]
    #[schema(inline)]
    pub degree: Option<Code>,
    /// Free words to be found by. Kept in lower case.
    #[serde(default)]
    #[schema(inline)]
    pub tags: Set<Tag, 20>,
    /// The UN's sustainable development goals that it serves.
    #[serde(default)]
    #[schema(inline)]
    pub sdgs: Set<Sdg, 17>,
    /// Where it is, when it is somewhere.
    #[serde(default)]
    pub location: Option<Location>,
    /// How far it has come.
    #[serde(default)]
    pub phase: Phase,
    /// The day on which it was put to use. Needed for publishing from the phase `in_use`.
    #[serde(default)]
    pub put_to_use_on: Option<NaiveDate>,
    /// The unit of the municipality that runs it.
    #[serde(default)]
    #[schema(inline)]
    pub organisational_unit: Option<Text<1, 200>>,
    /// Whom to ask. Never copied by an imitation, never in search, feeds or sync.
    #[serde(default)]
    pub contact: Option<Contact>,
    /// A picture of it. Not copied by an imitation.
    #[serde(default)]
    pub image: Option<Picture>,
    /// Where to read more.
    #[serde(default)]
    #[schema(inline)]
    pub links: Set<Link, 20>,
    /// By which licence others may reuse the texts: a code of the vocabulary `licences`.
    #[serde(default)]
    #[schema(inline)]
    pub licence: Option<Code>,
}

/// A code of a vocabulary that is kept as data.
pub(super) type Code = Text<1, 50>;

/// A role mailbox, not a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Contact {
    /// The unit that answers.
    #[schema(inline)]
    pub unit: Text<1, 200>,
    /// Its mailbox.
    #[schema(inline)]
    pub email: Email,
}

/// A picture that was sent to `POST /v1/images`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Picture {
    pub id: ImageId,
    /// What it shows, for those who do not see it.
    #[schema(inline)]
    pub alt: Text<1, 300>,
}

/// A place in WGS 84 degrees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Location {
    #[schema(inline)]
    pub latitude: Degrees<90>,
    #[schema(inline)]
    pub longitude: Degrees<180>,
}

/// Something to read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Link {
    #[schema(inline)]
    pub title: Text<1, 200>,
    #[schema(inline)]
    pub url: WebAddress,
}

/// Whether every code is in its vocabulary.
///
/// # Errors
/// 422 naming each that is not.
pub fn check_codes(content: &Content, directory: &Directory) -> Result<()> {
    match content.unknown_codes(directory) {
        faults if faults.is_empty() => Ok(()),
        faults => Err(Error::faults(error::Code::InvalidBody, "A code is not in its vocabulary.", faults)),
    }
}

/// Whether its picture is one of the municipality's own.
///
/// # Errors
/// 422 when it is not.
pub async fn check_image(tx: &TenantTx<'_>, content: &Content) -> Result<()> {
    let Some(picture) = &content.image else { return Ok(()) };
    if images::store::exists(tx, picture.id).await? {
        return Ok(());
    }
    let fault = Fault::invalid("#/image/id", "must be a picture that your municipality sent to /v1/images");
    Err(Error::faults(error::Code::InvalidBody, "There is no such picture.", vec![fault]))
}

impl Content {
    /// The codes that their vocabularies do not know.
    fn unknown_codes(&self, directory: &Directory) -> Vec<Fault> {
        let lists = [
            ("strategic_areas", "strategic_areas", &*self.strategic_areas),
            ("kinds", "innovation_kinds", &*self.kinds),
        ];
        let single = [("degree", "innovation_degrees", &self.degree), ("licence", "licences", &self.licence)];
        let listed = lists.iter().flat_map(|(member, vocabulary, codes)| {
            let at = move |(at, code)| (*vocabulary, format!("#/{member}/{at}"), code);
            codes.iter().enumerate().map(at)
        });
        let single = single.iter().filter_map(|(member, vocabulary, code)| {
            Some((*vocabulary, format!("#/{member}"), code.as_ref()?))
        });
        let unknown = listed.chain(single).filter_map(|(vocabulary, pointer, code)| {
            let known = directory.knows(vocabulary, code.as_str());
            (!known)
                .then(|| Fault::invalid(pointer, format!("must be one of {}", directory.codes(vocabulary))))
        });
        unknown.collect()
    }

    /// What is missing before it can be published, all of it. Little is asked of an idea, more as it ripens.
    pub fn missing_for_publication(&self) -> Vec<Fault> {
        let tried = !matches!(self.phase, Phase::Idea | Phase::Explored);
        let concluded = matches!(self.phase, Phase::Evaluated | Phase::Discontinued);
        let demands = [
            ("summary", self.summary.is_some(), "say in one to three sentences what it is"),
            ("need", self.need.is_some(), "say which need it is to meet"),
            (
                "solution",
                self.solution.is_some() || self.phase == Phase::Idea,
                "say what is done, from explored on",
            ),
            (
                "transfer_notes",
                self.transfer_notes.is_some() || !tried,
                "advise whoever imitates it, from piloted on",
            ),
            (
                "lessons",
                self.lessons.is_some() || !concluded,
                "say what was learnt when it is evaluated or discontinued",
            ),
            ("strategic_areas", !self.strategic_areas.is_empty(), "name at least one strategic area"),
            ("kinds", !self.kinds.is_empty(), "name at least one kind of innovation"),
            ("degree", self.degree.is_some(), "name the degree of innovation"),
            (
                "put_to_use_on",
                self.put_to_use_on.is_some() || !self.phase.is_in_use(),
                "say when it was put to use, from in_use on",
            ),
            ("contact", self.contact.is_some(), "name a mailbox that answers questions"),
            ("licence", self.licence.is_some(), "choose the licence by which others may reuse it"),
        ];
        let missing = demands.iter().filter(|(_, met, _)| !met);
        missing.map(|&(member, _, rule)| Fault::missing(member, rule)).collect()
    }

    /// What an imitation takes over: the content, not what became of it, nor whom to ask.
    #[must_use]
    pub fn for_imitation(self, phase: Phase) -> Self {
        Self {
            phase,
            contact: None,
            organisational_unit: None,
            put_to_use_on: None,
            location: None,
            image: None,
            results: None,
            lessons: None,
            ..self
        }
    }
}

jsonb!(Content);
