//! Knowing again what is ours, whatever the ledger says.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::Context;
use crate::{
    kominn::{
        config::Marker,
        link_store,
        names::Column,
        outbound::{MARK, reference},
        sections::{self, Section},
        sharepoint::{Asked, Failure, Item, literal},
    },
    platform::id::{MunicipalityId, ProjectId},
    publications,
};

/// Items that are looked at together.
const TOP: usize = 1000;

impl Context<'_> {
    fn marked_column(&self) -> Column {
        match self.target.marker {
            Marker::Reference => Column::Reference,
            Marker::Link => Column::Advice,
        }
    }

    /// The project whose mark an item bears.
    fn mark_of(&self, item: &Item) -> Option<ProjectId> {
        let text = item.text(self.name(self.marked_column()))?;
        let id = match self.target.marker {
            Marker::Reference => text.strip_prefix("NGI:")?.to_owned(),
            Marker::Link => {
                let (_, sections) = sections::split(text);
                let (_, about) = sections.into_iter().find(|(section, _)| *section == Section::About)?;
                let page =
                    about.lines().find_map(|line| line.strip_prefix(MARK)?.split_whitespace().next())?;
                let (before, after) = self.link.split_once("{id}")?;
                page.strip_prefix(before)?.strip_suffix(after)?.to_owned()
            }
        };
        id.parse::<Uuid>().ok().map(ProjectId::from)
    }
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
    let column = context.name(context.marked_column());
    let names = [column, context.name(Column::Status)];
    if !context.schema.has(column) {
        return Err(Failure::Stop(format!("the list has no {column}, by which items are known again")));
    }
    let mut found = Vec::new();
    let filter = Some(format!("{column} eq {}", literal(&reference(id))));
    let asked = Asked { names: &names, filter, order: "Id", top: 100 };
    let looked_up = match context.target.marker {
        Marker::Reference => context.site.page(&context.schema, &asked, None).await,
        Marker::Link => Err(Failure::Threshold),
    };
    match looked_up {
        Ok((items, _)) => found = items,
        Err(Failure::Threshold) => {
            let asked = Asked { names: &names, filter: None, order: "Id", top: TOP };
            let look = async |items: Vec<Item>| {
                found.extend(items.into_iter().filter(|item| context.mark_of(item) == Some(id)));
                Ok(())
            };
            context.site.pages(&context.schema, &asked, look).await?;
        }
        Err(failure) => return Err(failure),
    }
    found.retain(|item| context.mark_of(item) == Some(id));
    let ids: Vec<i64> = found.iter().map(|item| item.id).collect();
    let target = &context.target.name;
    let known = context.db.system(async |tx| link_store::of_items(tx, target, &ids).await).await?;
    Ok(found.into_iter().find(|item| !known.contains_key(&item.id)))
}
