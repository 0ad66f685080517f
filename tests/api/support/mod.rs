//! The harness: a cluster for the run, a database, a data folder and a real server for each test.

mod app;
mod client;
mod clients;
mod cluster;
mod contract;
mod document;
pub(crate) mod issuer;
pub(crate) mod kominn;
pub(crate) mod random;
mod samples;
pub(crate) mod service;

pub(crate) use self::{
    app::{Setup, TestApp},
    client::{Answer, Client},
    cluster::{Database, cluster},
    contract::{Contract, Operation},
    document::request,
    samples::{complete, idea},
};

pub(crate) const FREDRIKSTAD: &str = "940039541";
pub(crate) const SARPSBORG: &str = "938801363";
pub(crate) const HVALER: &str = "964947082";
pub(crate) const MOSS: &str = "920817521";
pub(crate) const RADE: &str = "940802652";
