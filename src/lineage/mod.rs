//! Lineage: what a publication was made from and what was made from it, as a graph; and the same graph in forms that
//! others read: a map (GeoJSON), provenance (W3C PROV), a picture (SVG).
//!
//! It never lies: a withdrawn publication stays as a node without title, a detached imitation keeps its edge, and nobody
//! is given another parent. What the reader may not see is left out with its edges, neither named nor counted; row level
//! security decides, so nothing hidden is walked through.

mod api;
mod geojson;
mod layout;
mod model;
mod prov;
mod query;
mod store;
mod svg;

pub use self::api::routes;
