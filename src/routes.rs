//! The routes of every feature, in one place: what is served, and what the OpenAPI document is collected from.

use utoipa_actix_web::{scope, service_config::ServiceConfig};

use crate::{
    adoption, audit, clients, custody, feed, following, health, images, imitation, issuer, kominn, lineage,
    municipalities, problems, projects, proposals, publications, reports, search, searches, security_txt,
    upstream, vocabularies,
};

/// Every route of the service.
pub(crate) fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(
        scope::scope("/v1")
            // Routes are tried in this order, so what is asked for most comes first; but `suggestions` and `export`
            // before the publications, or they would be taken for ids.
            .configure(search::routes)
            .configure(feed::routes)
            .configure(publications::routes)
            .configure(projects::routes)
            .configure(images::routes)
            .configure(imitation::routes)
            .configure(upstream::routes)
            .configure(proposals::routes)
            .configure(adoption::routes)
            .configure(lineage::routes)
            .configure(following::routes)
            .configure(searches::routes)
            .configure(reports::routes)
            .configure(kominn::routes)
            .configure(audit::routes)
            .configure(clients::routes)
            .configure(custody::routes)
            .configure(issuer::platform_routes)
            .configure(municipalities::routes)
            .configure(vocabularies::routes),
    );
    cfg.configure(security_txt::routes)
        .configure(issuer::routes)
        .configure(health::routes)
        .configure(problems::routes);
}
