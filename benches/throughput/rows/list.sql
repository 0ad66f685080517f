-- What glomma sends for GET /v1/projects?limit=20. It sends the first statements in one round trip.
\startpipeline
BEGIN;
SET LOCAL ROLE glomma_app;
SELECT set_config('app.municipality_id', :municipality, true);
\endpipeline
SELECT "project"."id", "project"."revision", "project"."title", "project"."phase", "project"."created_at",
    "project"."updated_at", "publication"."audience", "publication"."version", "publication"."project_revision",
    "publication"."published_at", "publication"."withdrawn_at"
FROM ("project" LEFT OUTER JOIN "publication" ON ("publication"."id" = "project"."id"))
WHERE ("project"."municipality_id" = :municipality)
ORDER BY "project"."updated_at" DESC, "project"."id" DESC LIMIT :fetch;
COMMIT;
