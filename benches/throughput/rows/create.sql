-- What glomma sends for POST /v1/projects. It sends the first statements in one round trip.
\set n :n + 1
\set tail :client_id * 1000000 + :n
\startpipeline
BEGIN;
SET LOCAL ROLE glomma_app;
SELECT set_config('app.municipality_id', :municipality, true);
\endpipeline
INSERT INTO "project" ("id", "municipality_id", "content", "created_at", "updated_at")
VALUES (('01a00000-0000-7000-8000-' || lpad(:tail, 12, '0'))::uuid, :municipality, :content, now(), now());
INSERT INTO "audit_entry" ("chain", "occurred_at", "outcome", "times", "request_id", "method", "route", "path", "status",
    "code", "role", "issuer", "subject", "client", "supplier", "delegation", "before", "after")
VALUES (:municipality, now(), 'done', 1, ('01a00000-0000-7000-8000-' || lpad(:tail, 12, '0'))::uuid, 'POST', '/v1/projects',
    '/v1/projects', 201, NULL, 'coordinator', 'urn:glomma:development', 'developer', NULL, NULL, NULL, NULL, sha256(:tail::text::bytea));
COMMIT;
