//! Projects to test with.

use serde_json::{Value, json};

/// A draft that has nothing but a title.
pub(crate) fn idea(title: &str) -> Value {
    json!({ "title": title })
}

/// A project that is ready to be published.
pub(crate) fn complete(title: &str) -> Value {
    json!({
        "title": title,
        "summary": "Sensorer varsler hjemmetjenesten når noen faller.",
        "need": "Eldre som bor alene blir liggende lenge etter et fall.",
        "target_groups": ["Eldre som bor alene"],
        "solution": "Radar i taket oppdager fall uten å ta bilder.",
        "results": "Tiden til hjelp ble halvert.",
        "lessons": "Nettet må være på plass før sensorene.",
        "transfer_notes": "Ta med de ansatte fra første dag.",
        "language": "nb",
        "strategic_areas": ["helse-i-alt", "smart-kommune"],
        "kinds": ["product-service"],
        "degree": "everyday",
        "tags": ["Velferdsteknologi", "fallsensor"],
        "sdgs": [3, 11],
        "location": { "latitude": 59.21, "longitude": 10.94 },
        "phase": "in_use",
        "put_to_use_on": "2025-03-01",
        "organisational_unit": "Helse og velferd",
        "contact": { "unit": "Innovasjon", "email": "innovasjon@kommune.example" },
        "links": [{ "title": "Rapport", "url": "https://kommune.example/rapport" }],
        "licence": "CC-BY-4.0"
    })
}
