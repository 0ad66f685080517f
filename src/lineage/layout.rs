//! Where the nodes of a lineage stand in a picture: a column for each generation, and in it each near those that it is
//! connected with.

use std::collections::BTreeMap;

use super::model::{Edge, Lineage};
use crate::platform::id::ProjectId;

/// The size of a node and the room around it, in pixels.
pub(super) const NODE: (i32, i32) = (248, 94);
const GAP: (i32, i32) = (72, 16);
const MARGIN: i32 = 24;

pub(super) struct Layout {
    pub(super) width: i32,
    pub(super) height: i32,
    /// The upper left corner of each node.
    places: BTreeMap<ProjectId, (i32, i32)>,
}

impl Layout {
    pub(super) fn of(lineage: &Lineage) -> Self {
        let mut columns: BTreeMap<i32, Vec<ProjectId>> = BTreeMap::new();
        for node in &lineage.nodes {
            columns.entry(node.generation).or_default().push(node.id);
        }
        let mut rows: BTreeMap<ProjectId, i32> = BTreeMap::new();
        // From the middle outwards: each column finds the one before it in its place.
        let mut order: Vec<i32> = columns.keys().copied().collect();
        order.sort_by_key(|generation| (generation.abs(), *generation));
        for generation in order {
            let column = columns.get(&generation).map(Vec::as_slice).unwrap_or_default();
            rows.extend(stacked(column, &lineage.edges, &rows));
        }
        let first = columns.keys().next().copied().unwrap_or_default();
        let top = rows.values().min().copied().unwrap_or_default();
        let place = |(generation, id): (i32, ProjectId)| {
            let row = rows.get(&id).copied().unwrap_or_default();
            (id, (MARGIN + (generation - first) * (NODE.0 + GAP.0), MARGIN + row - top))
        };
        let nodes = lineage.nodes.iter().map(|node| (node.generation, node.id));
        let places: BTreeMap<ProjectId, (i32, i32)> = nodes.map(place).collect();
        let right = places.values().map(|(x, _)| x + NODE.0).max().unwrap_or_default();
        let bottom = places.values().map(|(_, y)| y + NODE.1).max().unwrap_or_default();
        Self { width: right + MARGIN, height: bottom + MARGIN, places }
    }

    pub(super) fn place(&self, id: ProjectId) -> (i32, i32) {
        self.places.get(&id).copied().unwrap_or_default()
    }
}

/// The nodes of a column one below the other, in the order of where they would like to be, and as near to that as they
/// can be together.
fn stacked(column: &[ProjectId], edges: &[Edge], rows: &BTreeMap<ProjectId, i32>) -> Vec<(ProjectId, i32)> {
    let mut wanted: Vec<(i32, ProjectId)> = column.iter().map(|&id| (wish(id, edges, rows), id)).collect();
    wanted.sort_unstable();
    let mut next = i32::MIN;
    let mut stacked = Vec::with_capacity(wanted.len());
    let mut too_low = 0;
    for (wish, id) in wanted {
        let row = wish.max(next);
        too_low += row - wish;
        next = row + NODE.1 + GAP.1;
        stacked.push((id, row));
    }
    let up = i32::try_from(stacked.len()).map_or(0, |many| too_low / many.max(1));
    stacked.into_iter().map(|(id, row)| (id, row - up)).collect()
}

/// The middle of what a node is connected with, of that which has its place.
fn wish(id: ProjectId, edges: &[Edge], rows: &BTreeMap<ProjectId, i32>) -> i32 {
    let connected = edges.iter().filter_map(|edge| match (edge.from == id, edge.to == id) {
        (true, _) => rows.get(&edge.to),
        (_, true) => rows.get(&edge.from),
        _ => None,
    });
    let connected: Vec<i32> = connected.copied().collect();
    i32::try_from(connected.len()).map_or(0, |many| connected.iter().sum::<i32>() / many.max(1))
}
