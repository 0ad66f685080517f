//! Vocabularies: the closed lists of codes with their labels in bokmål, nynorsk and English.

mod api;

pub use self::api::routes;
