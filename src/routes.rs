//! The routes of every feature, in one place: what is served, and what the OpenAPI document is collected from.

use utoipa_actix_web::{scope, service_config::ServiceConfig};

use crate::{
    adoption, feed, following, health, imitation, lineage, municipalities, problems, projects, proposals,
    publications, reports, search, searches, upstream, vocabularies,
};

/// Every route of the service.
pub(crate) fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(
        scope::scope("/v1")
            // Before the publications, or `suggestions` and `export` would be taken for ids.
            .configure(search::routes)
            .configure(feed::routes)
            .configure(searches::routes)
            .configure(projects::routes)
            .configure(publications::routes)
            .configure(imitation::routes)
            .configure(lineage::routes)
            .configure(upstream::routes)
            .configure(adoption::routes)
            .configure(proposals::routes)
            .configure(reports::routes)
            .configure(following::routes)
            .configure(municipalities::routes)
            .configure(vocabularies::routes),
    );
    cfg.configure(health::routes).configure(problems::routes);
}
