//! Three contents, member by member.

use super::model::{Compared, MergeRequest, Merged, Outcome, UpstreamStatus};
use crate::{
    platform::error::{Code, Error, Fault, Result},
    projects::{Difference, Field, FieldState, Fields, ThreeWay},
};

/// A base, and what became of it there and here.
#[derive(Clone, Copy)]
pub(super) struct Contents<'c> {
    pub(super) base: &'c Fields,
    pub(super) theirs: &'c Fields,
    pub(super) mine: &'c Fields,
}

impl<'c> Contents<'c> {
    fn at(self, field: Field) -> ThreeWay<'c> {
        let Self { base, theirs, mine } = self;
        ThreeWay {
            form: field.form(),
            base: base.get(field),
            theirs: theirs.get(field),
            mine: mine.get(field),
        }
    }

    /// Every member that imitations share.
    pub(super) fn compare(self) -> Vec<Compared> {
        Field::shared().map(|field| compared(field, self.at(field))).collect()
    }

    /// What a merge makes of mine, and what it did to each member that either side changed.
    ///
    /// # Errors
    /// 409 naming every conflict that is not decided.
    pub(super) fn merge(self, request: &MergeRequest) -> Result<(Fields, Vec<Merged>)> {
        let (mut merged, mut told, mut undecided) = (self.mine.clone(), Vec::new(), Vec::new());
        for field in Field::shared() {
            let (three, decision) = (self.at(field), request.decision(field));
            let state = three.state();
            match three.merged(decision) {
                None => undecided.push(conflict(field)),
                Some(_) if state == FieldState::Unchanged => {}
                Some(value) => {
                    let change = Difference::between(three.form, three.mine, &value);
                    told.push(Merged { field, state, outcome: outcome(state, change.is_some()), change });
                    merged.set(field, value);
                }
            }
        }
        if undecided.is_empty() {
            return Ok((merged, told));
        }
        Err(Error::faults(Code::MergeConflict, "Name each of these in take or in keep.", undecided))
    }
}

fn compared(field: Field, three: ThreeWay<'_>) -> Compared {
    let ThreeWay { form, base, theirs, mine } = three;
    Compared {
        field,
        state: three.state(),
        base: base.clone(),
        theirs: theirs.clone(),
        mine: mine.clone(),
        their_change: Difference::between(form, base, theirs),
        my_change: Difference::between(form, base, mine),
    }
}

fn conflict(field: Field) -> Fault {
    let pointer = format!("#/{}", field.code());
    Fault { pointer, code: "conflict".into(), detail: "was changed by both, differently".to_owned() }
}

fn outcome(state: FieldState, changes: bool) -> Outcome {
    match (changes, state == FieldState::Mergeable) {
        (false, _) => Outcome::Kept,
        (true, true) => Outcome::United,
        (true, false) => Outcome::Taken,
    }
}

/// How a project stands towards a present upstream.
pub(super) fn status(fields: &[Compared]) -> UpstreamStatus {
    let any = |states: &[FieldState]| fields.iter().any(|field| states.contains(&field.state));
    let both = any(&[FieldState::Mergeable, FieldState::Conflict]);
    match (both || any(&[FieldState::TheirsOnly]), both || any(&[FieldState::MineOnly])) {
        (false, false) => UpstreamStatus::Identical,
        (true, false) => UpstreamStatus::Behind,
        (false, true) => UpstreamStatus::Ahead,
        (true, true) => UpstreamStatus::Diverged,
    }
}
