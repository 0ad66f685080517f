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
\startpipeline
INSERT INTO audit_pending (chain, entry) VALUES (:municipality, decode(:entry, 'hex'));
COMMIT;
\endpipeline
