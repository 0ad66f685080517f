//! What can be seen to have happened.

use chrono::{DateTime, Utc};

use crate::{
    platform::{
        closed::closed,
        id::{MunicipalityId, ProjectId, ProposalId},
    },
    projects::Audience,
};

closed! {
    /// What happened to a publication.
    pub enum ChangeKind {
        /// It is there, for the first time or again.
        Published = "published",
        /// It has a new version.
        VersionPublished = "version_published",
        /// Others may see it than before.
        AudienceChanged = "audience_changed",
        /// It was taken back.
        Withdrawn = "withdrawn",
        /// A reader sees it who did not before.
        SightGained = "sight_gained",
        /// A reader no longer sees it.
        SightLost = "sight_lost",
        /// It was detached from something that it imitates.
        OriginsChanged = "origins_changed",
        /// Somebody recorded how far they have come with it: with the publication itself, or with it as an imitation.
        AdoptionRecorded = "adoption_recorded",
        /// The reader got a proposal for it.
        ProposalMade = "proposal_made",
        /// The other side said something about a proposal for it.
        ProposalDiscussed = "proposal_discussed",
        /// The reader's proposal was taken over, at least in part.
        ProposalAccepted = "proposal_accepted",
        /// The reader's proposal was declined.
        ProposalDeclined = "proposal_declined",
        /// A proposal that the reader got was taken back.
        ProposalWithdrawn = "proposal_withdrawn",
        /// Its contact was taken out, of every version.
        Redacted = "redacted",
    }
}

/// A fact to be recorded: how a publication is after it.
#[derive(Debug)]
pub struct Change {
    pub kind: ChangeKind,
    pub publication: ProjectId,
    /// Whose publication it is: one's own, but for what others tell of its use.
    pub owner: MunicipalityId,
    pub version: i32,
    pub audience: Audience,
    /// For whom it was before; none when nobody else saw it: the first time, and again after a withdrawal.
    pub audience_before: Option<Audience>,
    /// The proposal that it is about, and the one municipality that is told of it.
    pub about: Option<(ProposalId, MunicipalityId)>,
    pub occurred_at: DateTime<Utc>,
}

impl Change {
    /// A fact that changes nothing of who sees the publication: it is shown in the same version, to the same audience.
    pub(crate) fn of_shown(
        kind: ChangeKind,
        (publication, owner): (ProjectId, MunicipalityId),
        (version, audience): (i32, Audience),
        occurred_at: DateTime<Utc>,
    ) -> Self {
        let audience_before = Some(audience);
        Self { kind, publication, owner, version, audience, audience_before, about: None, occurred_at }
    }
}
