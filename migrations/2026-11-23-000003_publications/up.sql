CREATE TABLE publication (
    id uuid CONSTRAINT publication_pkey PRIMARY KEY,
    municipality_id text NOT NULL REFERENCES municipality,
    audience text NOT NULL CONSTRAINT publication_audience_check CHECK (audience IN ('region', 'public')),
    version integer NOT NULL CONSTRAINT publication_version_check CHECK (version > 0),
    shown_from integer NOT NULL CONSTRAINT publication_shown_from_check CHECK (shown_from BETWEEN 1 AND version),
    project_revision bigint NOT NULL,
    first_published_at timestamptz NOT NULL,
    published_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    CONSTRAINT publication_owner_key UNIQUE (id, municipality_id),
    CONSTRAINT publication_project_fkey FOREIGN KEY (id, municipality_id) REFERENCES project (id, municipality_id)
);
COMMENT ON TABLE publication IS 'What others see of a project. Never deleted: a withdrawn one stays as a tombstone. No foreign key cascades here.';
COMMENT ON COLUMN publication.version IS 'The latest version.';
COMMENT ON COLUMN publication.shown_from IS 'The first version that others may see: what was taken back, or was for fewer, does not come back with a later version.';
COMMENT ON COLUMN publication.project_revision IS 'The project''s revision that was published; a higher one there means unpublished changes.';

CREATE TABLE publication_version (
    publication_id uuid NOT NULL,
    version integer NOT NULL,
    municipality_id text NOT NULL REFERENCES municipality,
    content jsonb NOT NULL,
    title text NOT NULL GENERATED ALWAYS AS (content ->> 'title') STORED,
    note text,
    published_at timestamptz NOT NULL,
    CONSTRAINT publication_version_pkey PRIMARY KEY (publication_id, version),
    CONSTRAINT publication_version_publication_fkey FOREIGN KEY (publication_id, municipality_id)
        REFERENCES publication (id, municipality_id) DEFERRABLE INITIALLY DEFERRED
);
-- Owners are part of the foreign keys: no row can hang on another municipality's. Checked at the commit, so that the statements of a publishing can be sent together, in whatever order they arrive.
COMMENT ON TABLE publication_version IS 'The versions, immutable: the application role may neither change nor delete one.';
COMMENT ON COLUMN publication_version.note IS 'What is new in this version, in the publisher''s words.';

CREATE INDEX publication_municipality_id_idx ON publication (municipality_id);

ALTER TABLE publication ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY visible ON publication FOR SELECT TO glomma_app USING (
    audience = 'public'
    OR municipality_id = app_municipality()
    OR municipality_id IN (
        SELECT theirs.municipality_id
        FROM region_member AS mine JOIN region_member AS theirs USING (region_slug)
        WHERE mine.municipality_id = app_municipality()));
CREATE POLICY own_insert ON publication FOR INSERT TO glomma_app WITH CHECK (municipality_id = app_municipality());
CREATE POLICY own_update ON publication FOR UPDATE TO glomma_app
    USING (municipality_id = app_municipality()) WITH CHECK (municipality_id = app_municipality());
CREATE POLICY system_reads ON publication FOR SELECT TO glomma_system USING (true);
GRANT SELECT, INSERT, UPDATE (audience, version, shown_from, project_revision, published_at, withdrawn_at) ON publication TO glomma_app;
GRANT SELECT ON publication TO glomma_system;

ALTER TABLE publication_version ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- A version is seen by whoever sees its publication, from the first that is shown; by its owner alone once that is withdrawn.
CREATE POLICY visible ON publication_version FOR SELECT TO glomma_app USING (
    municipality_id = app_municipality()
    OR EXISTS (SELECT FROM publication WHERE publication.id = publication_id AND publication.withdrawn_at IS NULL
        AND publication_version.version >= publication.shown_from));
CREATE POLICY own_insert ON publication_version FOR INSERT TO glomma_app WITH CHECK (municipality_id = app_municipality());
CREATE POLICY system_reads ON publication_version FOR SELECT TO glomma_system USING (true);
GRANT SELECT, INSERT ON publication_version TO glomma_app;
GRANT SELECT ON publication_version TO glomma_system;
