//! One pass over a segment, some thousand documents at a time: which of them answer a question, and what each counts.
//!
//! Each need's documents are added up in a window that fits into the processor's nearest cache, instead of walking all
//! lists side by side: a word of a hundred alternatives costs what its lists hold, and no more.

use tantivy::{DocId, DocSet, TERMINATED};

use super::{
    engine::Snapshot,
    lookup::{Found, Joint, Lookup},
    postings::Postings,
};

/// Documents in a window.
const WINDOW: DocId = 2048;

/// What the other sources of a need add to the one that counts most.
const ELSEWHERE: f32 = 0.2;

/// What is known of a document in the window.
#[derive(Clone, Copy, Default)]
struct Cell {
    score: f32,
    /// What the best source of the need at hand counts.
    best: f32,
    /// The need that touched it last, from 1.
    need: u8,
    /// How many of the musts it has, which come in order.
    musts: u8,
    options: u8,
    excluded: bool,
}

/// Where documents are added up.
pub(super) struct Cells(Vec<Cell>);

impl Cells {
    pub(super) fn new() -> Self {
        Self(vec![Cell::default(); usize::try_from(WINDOW).unwrap_or_default()])
    }
}

/// Takes every document of a segment that answers, deleted ones too, with its score.
pub(super) fn scan(
    lookup: &Lookup,
    cells: &mut Cells,
    (snapshot, segment): (&Snapshot, usize),
    mut take: impl FnMut(DocId, f32),
) -> tantivy::Result<()> {
    let Some(reader) = snapshot.segment(segment) else { return Ok(()) };
    let open = |found: &Vec<Found>| joints(found, segment, snapshot);
    let mut musts = lookup.musts.iter().map(open).collect::<tantivy::Result<Vec<_>>>()?;
    let mut options = lookup.options.iter().map(open).collect::<tantivy::Result<Vec<_>>>()?;
    let mut excluded = open(&lookup.excluded)?;
    let mut start = 0;
    while start < reader.max_doc() {
        if let Some(first) = musts.first_mut() {
            start = first.iter_mut().map(|joint| joint.seek(start)).min().unwrap_or(TERMINATED);
        }
        if start >= reader.max_doc() {
            break;
        }
        let end = start.saturating_add(WINDOW).min(reader.max_doc());
        cells.0.fill(Cell::default());
        let mut window = Window { start, end, cells: &mut cells.0 };
        if window.fill(&mut musts, &mut options, &mut excluded) {
            let musts = musts.len();
            window.answers(musts, lookup.at_least, &mut take);
        }
        start = end;
    }
    Ok(())
}

fn joints(found: &[Found], segment: usize, snapshot: &Snapshot) -> tantivy::Result<Vec<Joint>> {
    let mut joints = Vec::with_capacity(found.len());
    for found in found {
        joints.extend(found.open(segment, snapshot)?);
    }
    Ok(joints)
}

struct Window<'c> {
    start: DocId,
    end: DocId,
    cells: &'c mut [Cell],
}

impl Window<'_> {
    /// Adds up what there is for every need; false when no document can have all musts.
    fn fill(&mut self, musts: &mut [Vec<Joint>], options: &mut [Vec<Joint>], excluded: &mut [Joint]) -> bool {
        let all = u8::try_from(musts.len()).unwrap_or(u8::MAX);
        for (nth, joints) in (1..).zip(musts) {
            let mut found = false;
            self.each(joints, |cell, score| {
                if cell.need != nth {
                    if cell.musts != nth - 1 {
                        return;
                    }
                    *cell = Cell { best: 0.0, need: nth, musts: nth, ..*cell };
                    found = true;
                }
                cell.count(score);
            });
            if !found {
                return false;
            }
        }
        for (nth, joints) in (all + 1..).zip(options) {
            self.each(joints, |cell, score| {
                if cell.musts != all {
                    return;
                }
                if cell.need != nth {
                    *cell = Cell { best: 0.0, need: nth, options: cell.options + 1, ..*cell };
                }
                cell.count(score);
            });
        }
        self.each(excluded, |cell, _| cell.excluded = true);
        true
    }

    fn each(&mut self, joints: &mut [Joint], mut add: impl FnMut(&mut Cell, f32)) {
        for joint in joints {
            joint.each(self.start, self.end, |doc, score| {
                let at = usize::try_from(doc - self.start).ok();
                if let Some(cell) = at.and_then(|at| self.cells.get_mut(at)) {
                    add(cell, score);
                }
            });
        }
    }

    /// Takes the documents that answer.
    fn answers(&self, musts: usize, at_least: usize, take: &mut impl FnMut(DocId, f32)) {
        for (doc, cell) in (self.start..self.end).zip(self.cells.iter()) {
            if usize::from(cell.musts) == musts && usize::from(cell.options) >= at_least && !cell.excluded {
                take(doc, cell.score);
            }
        }
    }
}

impl Cell {
    fn count(&mut self, score: f32) {
        self.score += ELSEWHERE * score;
        if score > self.best {
            self.score += (1.0 - ELSEWHERE) * (score - self.best);
            self.best = score;
        }
    }
}

impl Joint {
    /// A document that is not before `target`, and none that has this is passed over.
    fn seek(&mut self, target: DocId) -> DocId {
        self.terms.first_mut().map_or(TERMINATED, |first| first.seek(target))
    }

    /// Takes every document from `start` to before `end` that has all of it.
    fn each(&mut self, start: DocId, end: DocId, mut take: impl FnMut(DocId, f32)) {
        if let ([term], None) = (self.terms.as_mut_slice(), &self.phrase) {
            term.seek(start);
            return term.each(end, take);
        }
        let mut doc = self.all_at(start);
        while doc < end {
            take(doc, self.terms.iter().map(Postings::score).sum());
            doc = self.all_at(doc + 1);
        }
    }

    /// The first document from `target` on that has all of it.
    fn all_at(&mut self, mut target: DocId) -> DocId {
        while target < TERMINATED {
            let mut farthest = target;
            for term in &mut self.terms {
                farthest = farthest.max(term.seek(target));
            }
            if farthest == target
                && let Some(phrase) = &mut self.phrase
            {
                farthest = if phrase.doc() < target { phrase.seek(target) } else { phrase.doc() };
            }
            if farthest == target {
                break;
            }
            target = farthest;
        }
        target
    }
}
