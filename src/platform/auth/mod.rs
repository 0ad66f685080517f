//! Who calls, for which municipality, by which right.

mod caller;
pub mod development;
mod identity;
pub mod issuer;
pub mod permission;
mod verifier;

pub use self::{
    caller::{Caller, Reader},
    identity::Identity,
    verifier::Verifier,
};
