-- What glomma would send for POST /v1/projects if nothing were kept of who did it.
\set n :n + 1
\set tail :client_id * 1000000 + :n
\startpipeline
BEGIN;
SET LOCAL ROLE glomma_app;
SELECT set_config('app.municipality_id', :municipality, true);
\endpipeline
INSERT INTO "project" ("id", "municipality_id", "content", "created_at", "updated_at")
VALUES (('01a10000-0000-7000-8000-' || lpad(:tail, 12, '0'))::uuid, :municipality, :content, now(), now());
COMMIT;
