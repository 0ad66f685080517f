use actix_web::{
    HttpRequest, HttpResponse, get, post, put,
    web::{Data, Path},
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    decision::{DecisionOutcome, DecisionRequest},
    model::{CommentRequest, Filter, Proposal, ProposalRequest, ProposalState, ProposalSummary, etag},
    offer::Offers,
    store::{self, ProposalRow},
};
use crate::{
    changes::ChangeKind,
    municipalities::MunicipalityRef,
    platform::{
        auth::{
            Caller,
            permission::{ReadProjects, WriteProjects},
        },
        db::TenantTx,
        directory::Directory,
        error::{Code, Error, Result},
        extract::{Body, IfMatch, NoParameters, Query},
        id::ProposalId,
        page::Page,
        problem::Problem,
        respond::{Created, Tagged},
        state::State,
    },
    projects::{self, Credit, FieldList, Fields, ProjectPath, check_codes, store::ProjectRow},
    publications,
};

pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(make).service(list).service(show).service(decide).service(withdraw).service(comment);
}

/// The proposal's id, in a path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct ProposalPath {
    /// A proposal's id.
    id: ProposalId,
}

/// Propose changes to a publication
///
/// Offers members of the content to another municipality's publication, with the reason: what you learned by imitating it, or
/// saw by reading it; 20 at a time at most. Only the two of you see the proposal. The owner decides; what is taken over is credited to your
/// municipality with the version that has it.
#[utoipa::path(operation_id = "propose_change", tag = "proposals", params(ProjectPath), request_body = ProposalRequest,
    responses((status = 201, body = Proposal, headers(("Location" = String), ("ETag" = String))),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "It is your own, it is read from elsewhere, or there are too many open ones"),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "It was withdrawn")),
    security(("token" = ["projects:write"])))]
#[post("/publications/{id}/proposals")]
async fn make(
    caller: Caller<WriteProjects>,
    state: Data<State>,
    path: Path<ProjectPath>,
    _: Query<NoParameters>,
    body: Body<ProposalRequest>,
) -> Result<HttpResponse> {
    let directory = state.directory();
    let work = caller.act(async |tx| {
        let shown = publications::store::find_present(tx, path.id).await?;
        if shown.municipality_id == tx.municipality() {
            return Err(Error::new(Code::OwnPublication, "Change your own directly."));
        }
        if shown.municipality_id.is_external() {
            return Err(Error::new(
                Code::ExternalPublication,
                "It is read from elsewhere: nobody here can change it.",
            ));
        }
        let request = body.check()?;
        store::check_room(tx, path.id).await?;
        let version = request.version.unwrap_or(shown.version);
        let base = publications::store::find_named_version(tx, path.id, version, "#/version").await?;
        let row = ProposalRow {
            id: ProposalId::new(),
            publication_id: path.id,
            owner_id: shown.municipality_id,
            municipality_id: tx.municipality(),
            role: caller.role(),
            revision: 1,
            base_version: version,
            fields: Offers::against(&base.content, &request.fields, &directory)?,
            reason: request.reason.as_str().to_owned(),
            state: ProposalState::Open,
            answer: None,
            taken: FieldList::default(),
            created_at: state.clock.now(),
            closed_at: None,
        };
        store::insert(tx, &row).await?;
        store::show(tx, &directory, row).await.map(Created)
    });
    work.await
}

/// List proposals
///
/// Your municipality's, those that it received and those that it made, newest first.
#[utoipa::path(operation_id = "list_proposals", tag = "proposals", params(Filter),
    responses((status = 200, body = Page<ProposalSummary>, headers(("Link" = String)))),
    security(("token" = ["projects:read"])))]
#[get("/proposals")]
async fn list(
    caller: Caller<ReadProjects>,
    state: Data<State>,
    request: HttpRequest,
    Query(filter): Query<Filter>,
) -> Result<Page<ProposalSummary>> {
    let directory = state.directory();
    let scope = (caller.municipality(), filter.side, &filter.state, filter.publication_id);
    let scope = format!("proposals {}", serde_json::to_string(&scope).map_err(anyhow::Error::from)?);
    let before = filter.cursor.as_deref().map(|cursor| state.cursors.open(&scope, cursor)).transpose()?;
    let rows = caller.look(async |tx| store::page(tx, &directory, &filter, before).await).await?;
    Page::new(&request, filter.limit, rows, |last| state.cursors.seal(&scope, &last.id))
}

/// Show a proposal
///
/// Of your municipality, on either side: what it offers, member by member, against what it was written against and what
/// is there now. It is `stale` when an offered member was changed since.
#[utoipa::path(operation_id = "show_proposal", tag = "proposals", params(ProposalPath),
    responses((status = 200, body = Proposal, headers(("ETag" = String)))),
    security(("token" = ["projects:read"])))]
#[get("/proposals/{id}")]
async fn show(
    caller: Caller<ReadProjects>,
    state: Data<State>,
    path: Path<ProposalPath>,
    _: Query<NoParameters>,
) -> Result<Tagged<Proposal>> {
    let directory = state.directory();
    let read = caller.look(async |tx| {
        let row = store::find(tx, path.id).await?;
        store::show(tx, &directory, row).await
    });
    read.await.map(Tagged)
}

/// Decide a proposal
///
/// By the owner of the publication. `accepted` takes the offered members over into the project, but for those in
/// `keep`; lists are united with what is there. What was changed otherwise meanwhile must be named in `take` or `keep`:
/// 409 lists what is undecided. The project is yours to publish afterwards; the next version credits the proposer, also
/// in its note. `declined` needs an answer. `If-Match` must be the `ETag` that you read, whole: 412 when the proposal, or a
/// member that it offers, was changed since.
#[utoipa::path(operation_id = "decide_proposal", tag = "proposals", request_body = DecisionRequest,
    params(ProposalPath, ("If-Match" = String, Header, description = "The `ETag` that you read")),
    responses((status = 200, body = Proposal, headers(("ETag" = String))),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "The token lacks the scope, or it is for the owner to decide"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "It is closed, or a conflict is undecided")),
    security(("token" = ["projects:write"])))]
#[put("/proposals/{id}/decision")]
async fn decide(
    caller: Caller<WriteProjects>,
    state: Data<State>,
    path: Path<ProposalPath>,
    _: Query<NoParameters>,
    body: Body<DecisionRequest>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let directory = state.directory();
    let work = caller.act(async |tx| {
        let row = store::lock(tx, path.id).await?;
        if row.owner_id != tx.municipality() {
            return Err(Error::new(Code::OtherParty, "It is for the owner of the publication to decide."));
        }
        // Nobody changes what the proposal is held against until this is decided.
        let (project, _) = projects::store::lock(tx, row.publication_id).await?;
        IfMatch::of(&request)?.check(&store::tag(tx, &row).await?)?;
        let mut row = open(row)?;
        let (decision, now) = (body.check()?, state.clock.now());
        decision.check(&row.fields.members())?;
        row.answer = decision.answer.as_ref().map(|answer| answer.as_str().to_owned());
        let kind = match decision.outcome {
            DecisionOutcome::Accepted => {
                accept(tx, &directory, (&mut row, project), &decision, now).await?;
                ChangeKind::ProposalAccepted
            }
            DecisionOutcome::Declined => {
                row.state = ProposalState::Declined;
                ChangeKind::ProposalDeclined
            }
        };
        store::close(tx, &mut row, kind, now).await?;
        store::show(tx, &directory, row).await.map(Tagged)
    });
    work.await
}

/// A locked proposal that can still be closed.
fn open(row: ProposalRow) -> Result<ProposalRow> {
    if row.state == ProposalState::Open {
        return Ok(row);
    }
    Err(Error::new(Code::ProposalClosed, format!("It is {} already.", row.state.code())))
}

/// Takes a proposal over into the locked project, with the credit.
async fn accept(
    tx: &TenantTx<'_>,
    directory: &Directory,
    (row, project): (&mut ProposalRow, ProjectRow),
    decision: &DecisionRequest,
    now: DateTime<Utc>,
) -> Result<()> {
    let (merged, taken) = row.fields.accept(&Fields::of(&project.content)?, decision)?;
    let content = merged.into_content()?;
    check_codes(&content, directory)?;
    let credit = Credit {
        municipality: MunicipalityRef::of(directory, row.municipality_id),
        proposal_id: row.id,
        fields: taken.clone(),
    };
    projects::store::credit(tx, project, (content, credit), now).await?;
    let whole = taken.len() == row.fields.0.len();
    row.state = if whole { ProposalState::Accepted } else { ProposalState::PartlyAccepted };
    row.taken = FieldList(taken);
    Ok(())
}

/// Withdraw a proposal
///
/// By the municipality that made it, as long as it is open.
#[utoipa::path(operation_id = "withdraw_proposal", tag = "proposals",
    params(ProposalPath, ("If-Match" = String, Header, description = "The `ETag` that you read")),
    responses((status = 200, body = Proposal, headers(("ETag" = String))),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "The token lacks the scope, or it is for the proposer to withdraw"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "It is closed")),
    security(("token" = ["projects:write"])))]
#[put("/proposals/{id}/withdrawal")]
async fn withdraw(
    caller: Caller<WriteProjects>,
    state: Data<State>,
    path: Path<ProposalPath>,
    _: Query<NoParameters>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let directory = state.directory();
    let work = caller.act(async |tx| {
        let row = store::lock(tx, path.id).await?;
        if row.municipality_id != tx.municipality() {
            return Err(Error::new(Code::OtherParty, "It is for those who made it to withdraw."));
        }
        IfMatch::of(&request)?.check(&etag(row.revision))?;
        let mut row = open(row)?;
        row.state = ProposalState::Withdrawn;
        store::close(tx, &mut row, ChangeKind::ProposalWithdrawn, state.clock.now()).await?;
        store::show(tx, &directory, row).await.map(Tagged)
    });
    work.await
}

/// Comment on a proposal
///
/// By either side, also after it was decided. A comment stays as it is.
#[utoipa::path(operation_id = "comment_proposal", tag = "proposals", params(ProposalPath), request_body = CommentRequest,
    responses((status = 201, body = Proposal, headers(("Location" = String), ("ETag" = String))),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "There are too many")),
    security(("token" = ["projects:write"])))]
#[post("/proposals/{id}/comments")]
async fn comment(
    caller: Caller<WriteProjects>,
    state: Data<State>,
    path: Path<ProposalPath>,
    _: Query<NoParameters>,
    body: Body<CommentRequest>,
) -> Result<HttpResponse> {
    let directory = state.directory();
    let act = (caller.role(), state.clock.now());
    let work = caller.act(async |tx| {
        let mut row = store::lock(tx, path.id).await?;
        store::comment(tx, &mut row, body.check()?.text.as_str(), act).await?;
        store::show(tx, &directory, row).await.map(Created)
    });
    work.await
}
