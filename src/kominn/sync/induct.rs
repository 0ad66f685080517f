//! "Send til KS": an idea of each publication that somebody asked for, once.

use serde_json::{Value, json};

use super::Context;
use crate::{
    kominn::{
        config::Induct,
        induct_store::{self, Asked},
        model::{Action, InductState, Key, Step},
        names::Column,
        sharepoint::{Failure, secret},
    },
    platform::{http, text::Text},
    projects::Content,
    publications,
};

/// The longest answer that is read, in bytes.
const LONGEST: usize = 64 * 1024;

pub(super) async fn send(context: &Context<'_>) -> Result<(), Failure> {
    let Some(induct) = &context.target.induct else { return Ok(()) };
    let target = &context.target.name;
    context.db.system(async |tx| induct_store::leave(tx, target).await).await?;
    let asked = context.db.system(async |tx| induct_store::asked(tx, target).await).await?;
    for one in asked {
        let shown =
            context.db.public(None, async |tx| publications::store::find_latest(tx, one.project_id).await);
        let Ok((_, version)) = shown.await else { continue };
        let Some(before) = was_sent(context, &one).await? else { continue };
        // Kept before it is sent: there is no way to ask whether it arrived, so it is never sent twice.
        context.check_turn().await?;
        if !context.db.system(async |tx| induct_store::take(tx, one.link).await).await? {
            continue;
        }
        let outcome = match before {
            true => Err(Failure::Rejected("it says there that it was sent before".to_owned())),
            false if context.dry => Ok(()),
            false => post(context, induct, &version.content).await,
        };
        let (state, error) = match outcome {
            Ok(()) => (InductState::Sent, None),
            // Nothing was sent.
            Err(failure @ (Failure::Again(_) | Failure::Stop(_))) => {
                (InductState::Asked, Some(failure.to_string()))
            }
            Err(Failure::Rejected(why)) => (InductState::Refused, Some(why)),
            Err(failure) => (InductState::Unknown, Some(failure.to_string())),
        };
        mark(context, one.link, state).await?;
        let step = Step::of(one.municipality_id, Some(one.project_id), Action::SendToKs);
        context.tell(Step { error, ..step }).await?;
        // It does not answer, or asks to wait: the rest is the next run's.
        if state == InductState::Asked {
            break;
        }
    }
    Ok(())
}

/// Whether it says over there that it was sent: a case worker can do that too. None while nobody can see what it says.
async fn was_sent(context: &Context<'_>, one: &Asked) -> Result<Option<bool>, Failure> {
    let name = context.name(Column::SendToKs);
    let Some(item) = one.item_id.filter(|_| context.schema.has(name)) else { return Ok(Some(false)) };
    match context.site.item(&context.schema, item, &[name]).await {
        Err(Failure::Gone(_)) => Ok(Some(false)),
        Err(failure) if failure.is_of_one() => Ok(None),
        theirs => Ok(Some(theirs?.fields.get(name) == Some(&Value::Bool(true)))),
    }
}

async fn mark(context: &Context<'_>, link: Key, state: InductState) -> Result<(), Failure> {
    Ok(context.db.system(async |tx| induct_store::mark(tx, link, state).await).await?)
}

async fn post(context: &Context<'_>, induct: &Induct, content: &Content) -> Result<(), Failure> {
    use secrecy::ExposeSecret;
    let client = secret(&induct.client_file)?;
    let plain = client.expose_secret().chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if !plain {
        return Err(Failure::Rejected("the client id has characters that no id has".to_owned()));
    }
    let base = induct.base.trim_end_matches('/');
    let url = format!("{base}/v1/{}/initiatives/ideas", client.expose_secret());
    let benefit = context.outbound().benefit_in_words(content);
    let idea = json!({ "title": content.title, "description": description(content, benefit.as_deref()) });
    let lost = |cause: anyhow::Error| Failure::Lost(format!("{cause:#}"));
    let sent = http::client().map_err(lost)?.post(url).json(&idea).send().await;
    let response = sent.map_err(|cause| {
        let unsent = cause.is_connect();
        let cause = anyhow::Error::from(cause.without_url());
        if unsent { Failure::Again(format!("{cause:#}")) } else { lost(cause) }
    })?;
    let status = response.status();
    if status.as_u16() == 429 {
        return Err(Failure::Again(format!("KS' portal answers {status}")));
    }
    if status.is_client_error() {
        return Err(Failure::Rejected(format!("KS' portal answers {status}")));
    }
    let body = http::limited(response, LONGEST).await.map_err(lost)?;
    let id = serde_json::from_slice::<Value>(&body).ok().filter(|body| body.get("id").is_some());
    let known = status.is_success() && id.is_some();
    if known { Ok(()) } else { Err(Failure::Lost(format!("KS' portal answers {status} and no id"))) }
}

/// The parts of an idea, as the portal shows them: HTML, in which our words are words.
fn description(content: &Content, benefit: Option<&str>) -> String {
    let parts = [
        ("Sammendrag", content.summary.as_ref().map(Text::as_str)),
        ("Utfordringer", content.need.as_ref().map(Text::as_str)),
        ("Løsningforslag", content.solution.as_ref().map(Text::as_str)),
        ("Nyttetype", benefit),
    ];
    let part = |(heading, text): (&str, Option<&str>)| {
        let text = quick_xml::escape::escape(text?).replace('\n', "<br/>");
        Some(format!("<b>{heading}</b><p>{text}</p>"))
    };
    parts.into_iter().filter_map(part).collect::<Vec<_>>().join("<br/><br/>")
}
