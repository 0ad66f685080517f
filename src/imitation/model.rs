//! What imitating takes, and how lineage is shown.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    adoption::AdoptionState,
    municipalities::MunicipalityRef,
    platform::{
        error::{Code, Error, Fault, Result},
        id::ProjectId,
        page::PageLinks,
        set::Set,
        text::Text,
    },
    projects::{Intent, Mode, Phase, Visibility},
};

/// How and why to imitate.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ImitationRequest {
    /// How close it will stay to the original.
    pub mode: Mode,
    /// `will_do` starts as an idea; `have_done` starts in use.
    pub intent: Intent,
    /// With `have_done`: since when it is in use; today unless named.
    #[serde(default)]
    pub done_on: Option<NaiveDate>,
    /// Why this one.
    #[schema(inline)]
    pub reason: Text<1, 1000>,
    /// The version to imitate; the latest unless named.
    #[serde(default)]
    pub version: Option<i32>,
    /// Further publications that it draws on, in their latest versions.
    #[serde(default)]
    #[schema(inline)]
    pub also_from: Set<ProjectId, 10>,
}

impl ImitationRequest {
    /// Whether the day is one on which it can have been done.
    pub(super) fn check(&self, today: NaiveDate) -> Result<()> {
        let possible = |day: NaiveDate| self.intent == Intent::HaveDone && day <= today && day.year() > 1970;
        if self.done_on.is_none_or(possible) {
            return Ok(());
        }
        let fault = Fault::invalid("#/done_on", "must be a day in the past, of what you have done");
        Err(Error::faults(Code::InvalidBody, "It cannot have been done then.", vec![fault]))
    }

    /// How far it has come when it begins.
    pub fn beginning(&self) -> (Phase, AdoptionState) {
        match self.intent {
            Intent::WillDo => (Phase::Idea, AdoptionState::Planned),
            Intent::HaveDone => (Phase::InUse, AdoptionState::InUse),
        }
    }
}

/// The imitations of a publication that the caller may see.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Imitations {
    pub items: Vec<Imitation>,
    /// How many are published now, of those that you may see: neither tombstones nor drafts. The number that search
    /// shows.
    pub total: i64,
    pub page: PageLinks,
}

/// One imitation of a publication.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Imitation {
    /// The imitating project, and its publication.
    pub id: ProjectId,
    pub municipality: MunicipalityRef,
    /// Null once it is withdrawn.
    pub title: Option<String>,
    /// `draft` for your own municipality's only.
    pub state: Visibility,
    /// The version that was imitated.
    pub version: i32,
    pub mode: Mode,
    pub intent: Intent,
    pub reason: String,
    pub imitated_at: DateTime<Utc>,
}
