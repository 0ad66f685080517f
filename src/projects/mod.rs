//! Projects: what a municipality is working on. Private to it, drafts and edits included, until it publishes
//! a version (see `publications`).
//!
//! A project goes through phases: idea → explored → piloted → in use → evaluated. It may skip ahead, go one step
//! back when that was a mistake, and be discontinued at any time, which is worth publishing too: its lesson is
//! what others need. Only a project that was never published can be deleted.

mod api;
mod content;
mod credit;
mod decisions;
mod difference;
mod fields;
mod merge;
mod model;
mod patch;
mod phase;
mod quota;
pub(crate) mod store;
mod tag;
mod values;

pub use self::{
    api::{ProjectPath, routes},
    content::{Contact, Content, Link, Location, Picture, check_codes, check_image},
    credit::{Credit, Credits, FieldList},
    decisions::{FieldSet, check_decisions, decision},
    difference::Difference,
    fields::{Field, Fields},
    merge::{Decision, FieldState, ThreeWay},
    model::{Audience, Intent, Mode, Origin, Project, ProjectSummary, PublicationState, Visibility, etag},
    patch::ContentPatch,
    phase::Phase,
    quota::ProjectQuota,
    tag::Tag,
    values::Sdg,
};
