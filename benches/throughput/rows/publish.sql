-- What glomma sends for PUT /v1/projects/{id}/publication on a draft. It sends the first statements in one round trip,
-- and the four writes in another; here the writes come one after another, as from a client without pipelining.
-- Each client has drafts of its own, one after another from :first + :client_id * :share.
\set tail :first + :client_id * :share + :n
\set n :n + 1
\startpipeline
BEGIN;
SET LOCAL ROLE glomma_app;
SELECT set_config('app.municipality_id', :municipality, true);
\endpipeline
SELECT "project"."id", "project"."municipality_id", "project"."revision", "project"."content",
    "project"."created_at", "project"."updated_at"
FROM "project" WHERE ("project"."id" = (:prefix || lpad(:tail, 12, '0'))::uuid) LIMIT :one FOR UPDATE \gset
SELECT "publication"."audience", "publication"."version", "publication"."project_revision",
    "publication"."published_at", "publication"."withdrawn_at"
FROM "publication" WHERE ("publication"."id" = :id) LIMIT :one;
UPDATE "project" SET "revision" = ("project"."revision" + :one), "updated_at" = now() WHERE ("project"."id" = :id);
INSERT INTO "publication" ("id", "municipality_id", "first_published_at", "audience", "version", "shown_from",
    "project_revision", "published_at", "withdrawn_at")
VALUES (:id, :municipality, now(), 'public', :one, :one, :revision, now(), NULL)
ON CONFLICT ("id") DO UPDATE SET "audience" = 'public', "version" = :one, "shown_from" = :one,
    "project_revision" = :revision, "published_at" = now(), "withdrawn_at" = NULL;
INSERT INTO "publication_version" ("publication_id", "version", "municipality_id", "content", "note", "published_at")
VALUES (:id, :one, :municipality, :content, NULL, now());
INSERT INTO "change" ("kind", "publication_id", "municipality_id", "version", "audience", "occurred_at")
VALUES ('published', :id, :municipality, :one, 'public', now());
\startpipeline
INSERT INTO audit_pending (chain, entry) VALUES (:municipality, decode(:entry, 'hex'));
COMMIT;
\endpipeline
