//! A lineage on the map (RFC 7946): how a project travelled between municipalities.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::model::Lineage;
use crate::platform::{
    directory::Directory,
    id::{MunicipalityId, ProjectId},
};

/// A collection of features, in GeoJSON.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FeatureCollection {
    #[serde(rename = "type")]
    kind: &'static str,
    /// Points for publications, lines for imitations.
    features: Vec<Feature>,
    /// Whether there is more than this shows.
    truncated: bool,
}

/// A feature, in GeoJSON.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Feature {
    #[serde(rename = "type")]
    kind: &'static str,
    /// Longitude and latitude of the municipality's seat; from the origin to the imitation for a line. Null when a seat is not
    /// known.
    #[schema(value_type = Option<Object>)]
    geometry: Value,
    /// The node or the edge, as the lineage has it.
    #[schema(value_type = Object)]
    properties: Value,
}

pub(super) fn geojson(directory: &Directory, lineage: &Lineage) -> FeatureCollection {
    let seat = |municipality: MunicipalityId| {
        let seat = directory.municipalities.get(&municipality)?.seat?;
        Some(json!([seat.longitude, seat.latitude]))
    };
    let at = |id: ProjectId| {
        let node = lineage.nodes.iter().find(|node| node.id == id)?;
        seat(node.municipality.organisation_number)
    };
    let nodes = lineage.nodes.iter().map(|node| {
        let place = seat(node.municipality.organisation_number);
        feature(place.map(|place| json!({ "type": "Point", "coordinates": place })), node)
    });
    let edges = lineage.edges.iter().map(|edge| {
        let line = at(edge.from).zip(at(edge.to));
        feature(line.map(|(from, to)| json!({ "type": "LineString", "coordinates": [from, to] })), edge)
    });
    let features = nodes.chain(edges).collect();
    FeatureCollection { kind: "FeatureCollection", features, truncated: lineage.truncated }
}

fn feature(geometry: Option<Value>, of: &impl Serialize) -> Feature {
    let properties = serde_json::to_value(of).unwrap_or_default();
    Feature { kind: "Feature", geometry: geometry.unwrap_or_default(), properties }
}
