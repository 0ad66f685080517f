//! What is decided for some members of a content, by two lists of them.

use super::{fields::Field, merge::Decision};
use crate::platform::{error::Fault, set::Set};

/// Members of a content, each once.
pub type FieldSet = Set<Field, 21>;

/// The faults of two lists of decisions: what `rule` says of a member that is not to be decided, and members in both.
pub fn check_decisions(
    (take, keep): (&FieldSet, &FieldSet),
    is_decided: impl Fn(Field) -> bool,
    rule: &'static str,
) -> Vec<Fault> {
    let wrong = |list: &'static str, fields: &FieldSet| -> Vec<Fault> {
        let wrong = fields.iter().enumerate().filter(|(_, field)| !is_decided(**field));
        wrong.map(|(at, _)| Fault::invalid(format!("#/{list}/{at}"), rule)).collect()
    };
    let twice = keep.iter().enumerate().filter(|(_, field)| take.contains(field));
    let twice = twice.map(|(at, _)| Fault::invalid(format!("#/keep/{at}"), "is in take already"));
    let mut faults = wrong("take", take);
    faults.extend(wrong("keep", keep));
    faults.extend(twice);
    faults
}

/// What the lists decide for a member.
pub fn decision(take: &FieldSet, keep: &FieldSet, field: Field) -> Option<Decision> {
    match (take.contains(&field), keep.contains(&field)) {
        (true, _) => Some(Decision::Take),
        (_, true) => Some(Decision::Keep),
        (false, false) => None,
    }
}
