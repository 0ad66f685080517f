use actix_web::{HttpResponse, post, web::Data};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    best::Best,
    document::Stored,
    engine::Engine,
    hit::{Hit, hit},
    matcher::Matcher,
    members::Member,
    similar::{Near, Overlap, Subject, overlap, rounded},
    viewer::Viewer,
};
use crate::{
    adoption::{self, Tally},
    platform::{
        auth::Reader,
        closed::closed,
        directory::Directory,
        error::Result,
        extract::{Body, NoParameters, Query},
        id::{MunicipalityId, ProjectId},
        language::Language,
        set::Set,
        state::State,
        text::Text,
    },
    projects::Phase,
};

/// How many matches are shown.
const MATCHES: usize = 10;
/// How much of what a plan says one match must cover for each verdict.
const SAME: f32 = 0.6;
const SOME: f32 = 0.25;
/// How much is shown of why a match was discontinued, in characters.
const EXCERPT: usize = 300;

pub(super) fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(check);
}

/// What somebody thinks of starting.
#[derive(Debug, Deserialize, ToSchema)]
struct Plan {
    /// What it would be called.
    #[schema(inline)]
    title: Text<3, 200>,
    /// What it would be, in one to three sentences.
    #[serde(default)]
    #[schema(inline)]
    summary: Option<Text<1, 1000>>,
    /// The need that it is to meet.
    #[serde(default)]
    #[schema(inline)]
    need: Option<Text<1, 10000>>,
    /// What would be done about it.
    #[serde(default)]
    #[schema(inline)]
    solution: Option<Text<1, 10000>>,
    /// Free words that it would be found by.
    #[serde(default)]
    #[schema(inline)]
    tags: Set<Text<2, 40>, 20>,
    /// The language of the texts.
    #[serde(default)]
    language: Language,
}

/// Whether it was done before.
#[derive(Serialize, ToSchema)]
struct CheckResult {
    /// By the match that covers most of the plan: `nearly_the_same` from a `coverage` of 0.6, `something_near` from
    /// 0.25, else `nothing_near`, though there may be matches to look at.
    verdict: Verdict,
    /// The ten nearest publications, nearest first.
    matches: Vec<CheckMatch>,
}

closed! {
    /// How near the nearest is.
    pub enum Verdict {
        /// Little of the plan is in any publication.
        NothingNear = "nothing_near",
        /// A good part of it is in one.
        SomethingNear = "something_near",
        /// Most of it is in one.
        NearlyTheSame = "nearly_the_same",
    }
}

/// A publication that is near a plan.
#[derive(Serialize, ToSchema)]
struct CheckMatch {
    #[serde(flatten)]
    hit: Hit,
    /// The words of the publication that the plan has in some form, in lower case, the most telling first: at most ten.
    shared: Vec<String>,
    /// How much of what the plan's most telling words say is in the publication: 0 to 1, with two decimals.
    coverage: f32,
    adoption: Made,
    /// When it was discontinued: the beginning of what was learnt, at most 300 characters. Else null.
    why_discontinued: Option<String>,
    /// How to make it your own; null when it is already.
    imitate: Option<ImitateLink>,
}

/// What others made of a publication, as far as you may see.
#[derive(Serialize, ToSchema)]
struct Made {
    /// Imitations that are published.
    imitations: u32,
    /// How many other municipalities have come how far with it.
    #[serde(flatten)]
    tally: Tally,
}

/// The request that imitates a publication. It takes a token with the scope `projects:write`.
#[derive(Serialize, ToSchema)]
struct ImitateLink {
    method: &'static str,
    href: String,
}

impl Plan {
    fn subject(&self) -> Subject {
        let tags: Vec<&str> = self.tags.iter().map(Text::as_str).collect();
        let mut texts =
            vec![(Member::Title, self.title.as_str().to_owned()), (Member::Tags, tags.join(", "))];
        texts.extend(self.summary.as_ref().map(|text| (Member::Summary, text.as_str().to_owned())));
        texts.extend(self.need.as_ref().map(|text| (Member::Need, text.as_str().to_owned())));
        texts.extend(self.solution.as_ref().map(|text| (Member::Solution, text.as_str().to_owned())));
        Subject { language: self.language, texts }
    }
}

/// Check a plan
///
/// "Has someone already done this?", asked before starting. Compares what you plan with the publications that you may
/// see and answers the nearest: with the words that both have, how far each has come, how many imitated it, why it
/// ended if it did, and how to imitate it. Nearness is as in `GET /v1/publications/{id}/similar`: by the most telling
/// words, in any of their forms, those of title and tags above all. The more you write, the surer the verdict.
///
/// Nothing is kept of the plan. Your own publications are among the matches; drafts, also your own, are not: no draft
/// leaves the record for the search index. See `GET /v1/projects` for yours.
#[utoipa::path(operation_id = "check_plan", tag = "search", request_body = Plan,
    responses((status = 200, body = CheckResult)),
    security((), ("token" = ["publications:read"])))]
#[post("/checks")]
async fn check(
    reader: Reader,
    state: Data<State>,
    engine: Data<Engine>,
    _: Query<NoParameters>,
    body: Body<Plan>,
) -> Result<HttpResponse> {
    let subject = body.check()?.subject();
    let near = engine.near(&Viewer::new(&reader, &state), &subject, MATCHES)?;
    let ids: Vec<ProjectId> = near.hits.iter().map(|best| best.stored.card.id).collect();
    let tallies = reader.read(async |tx| adoption::sum_store::tallies(tx, &ids).await).await?;
    Ok(HttpResponse::Ok().json(result(&state.directory(), near, &tallies, reader.municipality())))
}

fn result(
    directory: &Directory,
    near: Near,
    tallies: &[(ProjectId, Tally)],
    asking: Option<MunicipalityId>,
) -> CheckResult {
    let Near { terms, clauses, hits } = near;
    let matcher = Matcher::new(&clauses);
    let mut most = 0.0_f32;
    let mut matches = Vec::new();
    for Best { stored, uptake, .. } in hits {
        let tally = tallies.iter().find(|(id, _)| *id == stored.card.id).map(|(_, tally)| *tally);
        let Overlap { shared, share } = overlap(&terms, &stored);
        most = most.max(share);
        matches.push(CheckMatch {
            shared,
            coverage: rounded(share),
            adoption: Made { imitations: uptake.imitations, tally: tally.unwrap_or_default() },
            why_discontinued: why_discontinued(&stored),
            imitate: (asking != Some(stored.municipality)).then(|| imitate(&stored)),
            hit: hit(directory, &clauses, &matcher, stored, uptake),
        });
    }
    CheckResult { verdict: verdict(rounded(most)), matches }
}

/// By the same number that is shown.
fn verdict(coverage: f32) -> Verdict {
    if coverage >= SAME {
        Verdict::NearlyTheSame
    } else if coverage >= SOME {
        Verdict::SomethingNear
    } else {
        Verdict::NothingNear
    }
}

fn why_discontinued(stored: &Stored) -> Option<String> {
    let lessons = stored.texts.iter().find(|(member, _)| *member == Member::Lessons);
    let (_, lessons) = lessons.filter(|_| stored.card.phase == Phase::Discontinued)?;
    Some(lessons.chars().take(EXCERPT).collect())
}

fn imitate(stored: &Stored) -> ImitateLink {
    ImitateLink { method: "POST", href: format!("/v1/publications/{}/imitations", stored.card.id) }
}
