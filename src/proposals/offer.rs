//! An offer: members of a content as they were, and as they are proposed.

use diesel::{deserialize::FromSqlRow, expression::AsExpression, sql_types};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{decision::DecisionRequest, model::OfferedField};
use crate::{
    platform::{
        db::jsonb,
        directory::Directory,
        error::{Code, Error, Fault, Result},
    },
    projects::{Content, Difference, Field, FieldState, Fields, ThreeWay, check_codes},
};

/// A member that is offered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Offer {
    pub(super) field: Field,
    /// As the version says that the offer was written against.
    pub(super) base: Value,
    pub(super) proposed: Value,
}

/// What a proposal offers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql_types::Jsonb)]
#[serde(transparent)]
pub(super) struct Offers(pub(super) Vec<Offer>);

jsonb!(Offers);

/// Whether a member can be offered: what imitations share, and what was learnt.
fn can_be_offered(field: Field) -> bool {
    field.is_shared() || field == Field::Lessons
}

impl Offers {
    /// The members of an offer against a content, each as the content would keep it.
    ///
    /// # Errors
    /// 422 naming each member that cannot be offered, breaks its rule, or says nothing new.
    pub(super) fn against(
        base: &Content,
        wanted: &Map<String, Value>,
        directory: &Directory,
    ) -> Result<Self> {
        let refused = |faults| Error::faults(Code::InvalidBody, "A member cannot be offered so.", faults);
        if wanted.is_empty() {
            return Err(refused(vec![Fault::missing("fields", "offer at least one member")]));
        }
        let before = Fields::of(base)?;
        let (mut proposed, mut fields, mut faults) = (before.clone(), Vec::new(), Vec::new());
        for (name, value) in wanted {
            match name.parse::<Field>() {
                Ok(field) if can_be_offered(field) => {
                    proposed.set(field, value.clone());
                    fields.push(field);
                }
                Ok(_) => faults.push(fault(name, "is each municipality's own")),
                Err(_) => faults.push(Fault { code: "unknown".into(), ..fault(name, "is not known here") }),
            }
        }
        if !faults.is_empty() {
            return Err(refused(faults));
        }
        let content = proposed.into_content().map_err(|error| error.within("fields"))?;
        check_codes(&content, directory).map_err(|error| error.within("fields"))?;
        let after = Fields::of(&content)?;
        let same = |field: &&Field| field.is_same(before.get(**field), after.get(**field));
        let same = fields.iter().filter(same).map(|field| fault(field.code(), "says what is there already"));
        let faults: Vec<Fault> = same.collect();
        if !faults.is_empty() {
            return Err(refused(faults));
        }
        let offer = |field| {
            let (base, proposed) = (before.get(field).clone(), after.get(field).clone());
            Offer { field, base, proposed }
        };
        Ok(Self(fields.into_iter().map(offer).collect()))
    }

    /// The members that are offered.
    pub(super) fn members(&self) -> Vec<Field> {
        self.0.iter().map(|offer| offer.field).collect()
    }

    /// Whether a member was changed since, otherwise than offered.
    pub(super) fn are_stale(&self, current: Option<&Fields>) -> bool {
        self.0.iter().any(|offer| offer.is_stale(current))
    }

    /// Each member as it stands towards what is there now; towards nothing, when that is not shown.
    pub(super) fn shown(self, current: Option<&Fields>) -> Vec<OfferedField> {
        let shown = |offer: Offer| {
            let stale = offer.is_stale(current);
            let Offer { field, base, proposed } = offer;
            OfferedField {
                field,
                change: Difference::between(field.form(), &base, &proposed),
                current: current.map(|current| current.get(field).clone()).unwrap_or_default(),
                stale,
                base,
                proposed,
            }
        };
        self.0.into_iter().map(shown).collect()
    }

    /// What accepting makes of a content, and the members that are taken over.
    ///
    /// # Errors
    /// 409 naming every member that was changed otherwise meanwhile and is not decided; 422 when nothing is taken over.
    pub(super) fn accept(&self, mine: &Fields, decision: &DecisionRequest) -> Result<(Fields, Vec<Field>)> {
        let (mut merged, mut taken, mut undecided) = (mine.clone(), Vec::new(), Vec::new());
        for Offer { field, base, proposed } in &self.0 {
            match three(*field, base, proposed, mine).merged(decision.of(*field)) {
                None => {
                    let (pointer, detail) =
                        (format!("#/{}", field.code()), "was changed since, differently".to_owned());
                    undecided.push(Fault { pointer, code: "conflict".into(), detail });
                }
                // What is there already, in whatever order, is nobody's contribution.
                Some(value) if decision.keeps(*field) || field.is_same(mine.get(*field), &value) => {}
                Some(value) => {
                    merged.set(*field, value);
                    taken.push(*field);
                }
            }
        }
        if !undecided.is_empty() {
            return Err(Error::faults(
                Code::MergeConflict,
                "Name each of these in take or in keep.",
                undecided,
            ));
        }
        if taken.is_empty() {
            let fault = Fault::invalid("#/keep", "must leave something to take over; decline it otherwise");
            return Err(Error::faults(Code::InvalidBody, "Nothing is accepted.", vec![fault]));
        }
        Ok((merged, taken))
    }
}

impl Offer {
    fn is_stale(&self, current: Option<&Fields>) -> bool {
        let state = current.map(|current| three(self.field, &self.base, &self.proposed, current).state());
        matches!(state, Some(FieldState::Conflict | FieldState::Mergeable))
    }
}

fn three<'v>(field: Field, base: &'v Value, theirs: &'v Value, current: &'v Fields) -> ThreeWay<'v> {
    ThreeWay { form: field.form(), base, theirs, mine: current.get(field) }
}

fn fault(member: &str, rule: &str) -> Fault {
    Fault::invalid(format!("#/fields/{member}"), rule)
}
