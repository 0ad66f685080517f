//! A lineage as provenance (W3C PROV-O), in JSON-LD: publications and their versions are entities, imitations are
//! activities, municipalities are agents.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::model::{Edge, Lineage, Node};
use crate::{
    municipalities::MunicipalityRef,
    platform::{id::ProjectId, public_url::PublicUrl},
};

pub(super) fn prov(lineage: &Lineage, public_url: &PublicUrl) -> Value {
    let ids = Ids(public_url);
    let mut agents: BTreeMap<String, &MunicipalityRef> = BTreeMap::new();
    let contributors = lineage.contributions.iter().map(|contribution| &contribution.municipality);
    for municipality in lineage.nodes.iter().map(|node| &node.municipality).chain(contributors) {
        agents.insert(ids.municipality(municipality), municipality);
    }
    let agents = agents.iter().map(|(id, municipality)| {
        json!({ "@id": id, "@type": ["prov:Agent", "prov:Organization"], "foaf:name": municipality.name,
            "dcterms:identifier": municipality.organisation_number })
    });
    let versions = lineage.edges.iter().map(|edge| ids.version(edge.from, edge.from_version));
    let contributed = lineage.contributions.iter().map(|to| ids.version(to.to, to.version));
    let mut versions: Vec<(String, String)> = versions.chain(contributed).collect();
    versions.sort();
    versions.dedup();
    let versions = versions.into_iter().map(|(id, of)| {
        let contributors = lineage.contributions.iter().filter(|to| ids.version(to.to, to.version).0 == id);
        let contributors: Vec<Value> =
            contributors.map(|to| json!({ "@id": ids.municipality(&to.municipality) })).collect();
        json!({ "@id": id, "@type": "prov:Entity", "prov:specializationOf": { "@id": of },
            "dcterms:contributor": contributors })
    });
    let graph: Vec<Value> = agents
        .chain(versions)
        .chain(lineage.nodes.iter().map(|node| ids.publication(node, lineage)))
        .chain(lineage.edges.iter().map(|edge| ids.activity(edge)))
        .collect();
    json!({
        "@context": {
            "prov": "http://www.w3.org/ns/prov#",
            "dcterms": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
            "glomma": "urn:glomma:ns#",
            "prov:generatedAtTime": { "@type": "xsd:dateTime" },
            "prov:invalidatedAtTime": { "@type": "xsd:dateTime" },
            "prov:endedAtTime": { "@type": "xsd:dateTime" },
        },
        "@graph": graph,
    })
}

/// The addresses of things.
struct Ids<'p>(&'p PublicUrl);

impl Ids<'_> {
    fn municipality(&self, of: &MunicipalityRef) -> String {
        self.0.link(&format!("/v1/municipalities/{}", of.organisation_number))
    }

    fn of(&self, id: ProjectId) -> String {
        self.0.link(&format!("/v1/publications/{id}"))
    }

    /// A version, and the publication that it is one of.
    fn version(&self, of: ProjectId, version: i32) -> (String, String) {
        let of = self.of(of);
        (format!("{of}/versions/{version}"), of)
    }

    fn activity_id(&self, edge: &Edge) -> String {
        format!("{}#from-{}", self.of(edge.to), edge.from)
    }

    fn publication(&self, node: &Node, lineage: &Lineage) -> Value {
        let origins: Vec<&Edge> = lineage.edges.iter().filter(|edge| edge.to == node.id).collect();
        let version = |edge: &&Edge| json!({ "@id": self.version(edge.from, edge.from_version).0 });
        let derivation = |edge: &&Edge| {
            json!({ "@type": "prov:Derivation", "prov:entity": version(edge),
                "prov:hadActivity": { "@id": self.activity_id(edge) } })
        };
        json!({
            "@id": self.of(node.id),
            "@type": "prov:Entity",
            "dcterms:title": node.title,
            "prov:wasAttributedTo": { "@id": self.municipality(&node.municipality) },
            "prov:generatedAtTime": node.first_published_at,
            "prov:invalidatedAtTime": node.withdrawn_at,
            "prov:wasDerivedFrom": origins.iter().map(version).collect::<Vec<_>>(),
            "prov:qualifiedDerivation": origins.iter().map(derivation).collect::<Vec<_>>(),
            "glomma:adoption": node.adoption,
        })
    }

    fn activity(&self, edge: &Edge) -> Value {
        json!({
            "@id": self.activity_id(edge),
            "@type": "prov:Activity",
            "prov:used": { "@id": self.version(edge.from, edge.from_version).0 },
            "prov:generated": { "@id": self.of(edge.to) },
            "prov:endedAtTime": edge.imitated_at,
            "dcterms:description": edge.reason,
            "glomma:mode": edge.mode,
            "glomma:intent": edge.intent,
            "glomma:detachedAt": edge.detached_at,
            "glomma:detachmentReason": edge.detachment_reason,
        })
    }
}
