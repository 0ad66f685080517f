//! Knowing again what is ours, whatever the ledger says.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{Context, vanish::FEW};
use crate::{
    kominn::{
        config::Marker,
        link_store,
        merge::same,
        model::{ANOTHERS, Action, Link, LinkState, Step},
        names::Column,
        outbound::{MARK, reference},
        sections::{self, Section},
        sharepoint::{Asked, Failure, Item, literal},
        text::words,
    },
    platform::{
        clock::Clock,
        id::{MunicipalityId, ProjectId},
    },
    publications,
};

/// Items that are looked at together.
const TOP: usize = 1000;

impl Context<'_> {
    /// The project whose mark an item bears.
    fn mark_of(&self, item: &Item) -> Option<ProjectId> {
        let text = words(item.text(self.name(self.target.marker.column()))?)?;
        let id = match self.target.marker {
            Marker::Reference => text.strip_prefix("NGI:")?.to_owned(),
            Marker::Link => {
                let (_, sections) = sections::split(&text);
                let (_, about) = sections.into_iter().find(|(section, _)| *section == Section::About)?;
                let page =
                    about.lines().find_map(|line| line.strip_prefix(MARK)?.split_whitespace().next())?;
                let (before, after) = self.link.split_once("{id}")?;
                page.strip_prefix(before)?.strip_suffix(after)?.to_owned()
            }
        };
        id.parse::<Uuid>().ok().map(ProjectId::from)
    }

    /// Whether an item is that of a link: by its mark, or, where somebody took that away, by something that we wrote and that still
    /// stands there. A list that is made anew counts from 1 again.
    pub(super) fn is_of(&self, item: &Item, link: &Link) -> bool {
        let words = [Column::Title, Column::Summary, Column::Challenges, Column::Solution, Column::Advice];
        // What was sent and not answered may stand there too.
        let written = |name: &str| [link.pushed.0.get(name), link.sending.0.get(name)].into_iter().flatten();
        let stands = |name: &str| {
            let theirs = item.fields.get(name).filter(|theirs| !theirs.is_null());
            theirs.is_some_and(|theirs| written(name).any(|ours| same(ours, theirs)))
        };
        match self.mark_of(item) {
            // What a dry run made up is nobody else's.
            _ if item.id < 0 => true,
            Some(marked) => marked == link.project_id,
            None => words.iter().any(|column| stands(self.name(*column))),
        }
    }
}

/// Gives up an item that is not its link's any more: nothing is written to what may be another's. The number is kept: should the
/// item be ours again, the sweep takes it back.
///
/// # Errors
/// When so many are given up that a person must look: a wrong address looks like that.
pub(super) async fn disown(context: &Context<'_>, mut link: Link) -> Result<(), Failure> {
    let known = link.state == LinkState::Gone;
    if known && link.error.as_deref() == Some(ANOTHERS) {
        return Ok(());
    }
    if !known && context.note_disowned() > FEW && !context.unbraked {
        return Err(Failure::Stop("so many items bear no mark of ours that a person must look".to_owned()));
    }
    let step = Step::of(link.municipality_id, Some(link.project_id), Action::Gone);
    let step = Step { item: link.item_id, error: Some(ANOTHERS.to_owned()), ..step };
    (link.state, link.error) = (LinkState::Gone, Some(ANOTHERS.to_owned()));
    context.db.system(async |tx| link_store::save(tx, &link, Clock.now()).await).await?;
    if known { Ok(()) } else { context.tell(step).await }
}

/// Items that bear a mark of a publication of ours, with whose it is.
pub(super) async fn marked(
    context: &Context<'_>,
    items: &[Item],
) -> Result<BTreeMap<i64, (ProjectId, MunicipalityId)>, Failure> {
    let found = items.iter().filter_map(|item| Some((item.id, context.mark_of(item)?)));
    let found: BTreeMap<i64, ProjectId> = found.collect();
    let ids: Vec<ProjectId> = found.values().copied().collect();
    let owners = context.db.system(async |tx| publications::external_store::owners(tx, &ids).await).await?;
    Ok(found.into_iter().filter_map(|(item, id)| Some((item, (id, *owners.get(&id)?)))).collect())
}

/// The item that bears the mark of a project and is nobody else's: asked for by it, or looked for among all when the list is too long
/// to be asked.
pub(super) async fn find_marked(context: &Context<'_>, id: ProjectId) -> Result<Option<Item>, Failure> {
    let column = context.name(context.target.marker.column());
    let names = [column, context.name(Column::Status)];
    let filter = Some(format!("{column} eq {}", literal(&reference(id))));
    let looked_up = match context.target.marker {
        Marker::Reference => look(context, &Asked { names: &names, filter, order: "Id", top: TOP }, id).await,
        Marker::Link => Err(Failure::Threshold),
    };
    let found = match looked_up {
        // What cannot be asked for is looked for among all.
        Err(Failure::Threshold | Failure::Rejected(_)) => {
            look(context, &Asked { names: &names, filter: None, order: "Id", top: TOP }, id).await?
        }
        found => found?,
    };
    let ids: Vec<i64> = found.iter().map(|item| item.id).collect();
    let target = &context.target.name;
    let known = context.db.system(async |tx| link_store::of_items(tx, target, &ids).await).await?;
    // A copy takes the words along, and so a line among them; a reference decides whatever the ledger says of the number.
    let copied = |link: &Link| context.target.marker == Marker::Link && link.state != LinkState::Gone;
    let taken = |item: &Item| known.get(&item.id).is_some_and(copied);
    Ok(found.into_iter().find(|item| !taken(item)))
}

async fn look(context: &Context<'_>, asked: &Asked<'_>, id: ProjectId) -> Result<Vec<Item>, Failure> {
    let mut found = Vec::new();
    let keep = async |items: Vec<Item>| {
        found.extend(items.into_iter().filter(|item| context.mark_of(item) == Some(id)));
        Ok(())
    };
    context.site.pages(&context.schema, asked, keep).await?;
    Ok(found)
}
