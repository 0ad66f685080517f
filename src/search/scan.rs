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

/// So few candidates of a window are looked up one by one, instead of going through the documents of the next need.
const SPARSE: usize = 64;

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
pub(super) struct Window {
    start: DocId,
    end: DocId,
    cells: Vec<Cell>,
    /// Those that have all musts, as far as these were looked at; and then those that have options enough.
    found: Vec<DocId>,
    /// What was found for the must before.
    before: Vec<DocId>,
}

/// Takes every document of a segment that answers, deleted ones too, with its score.
pub(super) fn scan(
    lookup: &Lookup,
    window: &mut Window,
    (snapshot, segment): (&Snapshot, usize),
    mut take: impl FnMut(DocId, f32),
) -> tantivy::Result<()> {
    let Some(reader) = snapshot.segment(segment) else { return Ok(()) };
    let open = |found: &Vec<Found>| joints(found, segment, snapshot);
    let mut musts = lookup.musts.iter().map(open).collect::<tantivy::Result<Vec<_>>>()?;
    let mut options = lookup.options.iter().map(open).collect::<tantivy::Result<Vec<_>>>()?;
    let mut excluded = open(&lookup.excluded)?;
    if let ([need], [], []) = (musts.as_mut_slice(), options.as_slice(), excluded.as_slice())
        && let [only] = need.as_mut_slice()
    {
        // Nothing is to be added up.
        only.each(0, reader.max_doc(), take);
        return Ok(());
    }
    let mut start = 0;
    while start < reader.max_doc() {
        if let Some(first) = musts.first_mut() {
            start = first.iter_mut().map(|joint| joint.seek(start)).min().unwrap_or(TERMINATED);
        }
        if start >= reader.max_doc() {
            break;
        }
        window.open(start, reader.max_doc());
        window.fill(&mut musts, &mut options, lookup.at_least);
        window.answers(&mut excluded, &mut take);
        start = window.end;
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

impl Window {
    pub(super) fn new() -> Self {
        let cells = vec![Cell::default(); usize::try_from(WINDOW).unwrap_or_default()];
        Self { start: 0, end: 0, cells, found: Vec::new(), before: Vec::new() }
    }

    /// Begins anew at a document.
    fn open(&mut self, start: DocId, max_doc: DocId) {
        self.cells.fill(Cell::default());
        (self.start, self.end) = (start, start.saturating_add(WINDOW).min(max_doc));
    }

    /// Adds up what there is for every need, and finds what has enough of them.
    fn fill(&mut self, musts: &mut [Vec<Joint>], options: &mut [Vec<Joint>], at_least: usize) {
        self.found.clear();
        let (all, none) = (u8::try_from(musts.len()).unwrap_or(u8::MAX), musts.is_empty());
        for (nth, joints) in (1..).zip(musts) {
            std::mem::swap(&mut self.found, &mut self.before);
            self.found.clear();
            let add = |cell: &mut Cell, found: &mut Vec<DocId>, (doc, score)| {
                if cell.need != nth {
                    if cell.musts != nth - 1 {
                        return;
                    }
                    *cell = Cell { best: 0.0, need: nth, musts: nth, ..*cell };
                    found.push(doc);
                }
                cell.count(score);
            };
            if nth > 1 && self.before.len() <= SPARSE {
                self.each_of_before(joints, add);
            } else {
                self.each(joints, add);
            }
            if self.found.is_empty() {
                return;
            }
        }
        if at_least > 0 {
            self.found.clear();
        } else if none {
            self.found.extend(self.start..self.end);
        }
        for (nth, joints) in (all + 1..).zip(options) {
            self.each(joints, |cell, found, (doc, score)| {
                if cell.musts != all {
                    return;
                }
                if cell.need != nth {
                    *cell = Cell { best: 0.0, need: nth, options: cell.options + 1, ..*cell };
                    if usize::from(cell.options) == at_least {
                        found.push(doc);
                    }
                }
                cell.count(score);
            });
        }
    }

    fn each(&mut self, joints: &mut [Joint], mut add: impl FnMut(&mut Cell, &mut Vec<DocId>, (DocId, f32))) {
        let Self { start, end, cells, found, .. } = self;
        for joint in joints {
            joint.each(*start, *end, |doc, score| {
                if let Some(cell) = place(*start, doc).and_then(|at| cells.get_mut(at)) {
                    add(cell, found, (doc, score));
                }
            });
        }
    }

    /// Those of the candidates that are in a list.
    fn each_of_before(
        &mut self,
        joints: &mut [Joint],
        mut add: impl FnMut(&mut Cell, &mut Vec<DocId>, (DocId, f32)),
    ) {
        let Self { start, cells, found, before, .. } = self;
        // Lists only go forward, and a need of several has put them together.
        before.sort_unstable();
        for joint in joints {
            for &doc in before.iter() {
                if joint.all_at(doc) == doc
                    && let Some(cell) = place(*start, doc).and_then(|at| cells.get_mut(at))
                {
                    add(cell, found, (doc, joint.score()));
                }
            }
        }
    }

    /// Takes what was found and is not excluded.
    fn answers(&mut self, excluded: &mut [Joint], take: &mut impl FnMut(DocId, f32)) {
        if self.found.is_empty() {
            return;
        }
        self.each(excluded, |cell, _, _| cell.excluded = true);
        for &doc in &self.found {
            let cell = place(self.start, doc).and_then(|at| self.cells.get(at));
            if let Some(cell) = cell.filter(|cell| !cell.excluded) {
                take(doc, cell.score);
            }
        }
    }
}

/// Where a document is in a window.
fn place(start: DocId, doc: DocId) -> Option<usize> {
    usize::try_from(doc.checked_sub(start)?).ok()
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
            take(doc, self.score());
            doc = self.all_at(doc + 1);
        }
    }

    /// What the document at hand counts.
    fn score(&self) -> f32 {
        self.terms.iter().map(Postings::score).sum()
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
