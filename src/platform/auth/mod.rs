//! Who calls, for which municipality, by which right.

mod caller;
pub mod development;
mod identity;
pub mod issuer;
mod key_store;
mod keys;
pub mod permission;
mod preset;
mod token;
mod trusted;
mod verifier;

pub use self::{
    caller::{Caller, Operator, Reader},
    identity::{Actor, Holder, Identity},
    verifier::{IssuerState, Verifier},
};
