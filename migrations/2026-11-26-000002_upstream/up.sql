-- FORCE binds the owner too, who has no policy on what is there already.
ALTER TABLE imitation NO FORCE ROW LEVEL SECURITY;
ALTER TABLE publication_version NO FORCE ROW LEVEL SECURITY;
DROP TRIGGER imitation_before_publication ON imitation;

ALTER TABLE imitation
    ADD COLUMN detached_at timestamptz,
    ADD COLUMN detachment_reason text CONSTRAINT imitation_detachment_reason_check CHECK (char_length(detachment_reason) BETWEEN 1 AND 1000),
    ADD CONSTRAINT imitation_detachment_check CHECK ((detached_at IS NULL) = (detachment_reason IS NULL));
-- The keys of project and publication name their municipalities, whose own keys say that these are there.
ALTER TABLE imitation
    DROP CONSTRAINT imitation_municipality_id_fkey,
    DROP CONSTRAINT imitation_parent_municipality_id_fkey;
COMMENT ON COLUMN imitation.detached_at IS 'When the imitator stopped following its origin; the edge stays.';

CREATE TABLE imitation_base (
    project_id uuid NOT NULL,
    parent_id uuid NOT NULL,
    municipality_id text NOT NULL,
    version integer NOT NULL,
    fields jsonb NOT NULL,
    CONSTRAINT imitation_base_pkey PRIMARY KEY (project_id, parent_id),
    CONSTRAINT imitation_base_edge_fkey FOREIGN KEY (project_id, parent_id)
        REFERENCES imitation (project_id, parent_id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
COMMENT ON TABLE imitation_base IS 'What an imitation is compared from: the imitator''s own business, as its draft is. It keeps what it took, also when the version is no longer shown to it.';
COMMENT ON COLUMN imitation_base.version IS 'The version that was imitated, or merged last.';
COMMENT ON COLUMN imitation_base.fields IS 'What that version said, of the members that are compared.';
INSERT INTO imitation_base (project_id, parent_id, municipality_id, version, fields)
SELECT project_id, parent_id, imitation.municipality_id, parent_version, content
    - ARRAY['results', 'lessons', 'location', 'phase', 'put_to_use_on', 'organisational_unit', 'contact']
FROM imitation JOIN publication_version ON publication_id = parent_id AND version = parent_version;
ALTER TABLE imitation_base ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON imitation_base TO glomma_app
    USING (municipality_id = app_municipality()) WITH CHECK (municipality_id = app_municipality());
GRANT SELECT, INSERT, UPDATE (version, fields) ON imitation_base TO glomma_app;

-- The ends of an edge never change, because the application may not write them; so only a new one can close a cycle.
CREATE TRIGGER imitation_before_publication BEFORE INSERT ON imitation
    FOR EACH ROW EXECUTE FUNCTION imitation_before_publication();
CREATE POLICY own_update ON imitation FOR UPDATE TO glomma_app
    USING (municipality_id = app_municipality()) WITH CHECK (municipality_id = app_municipality());
GRANT UPDATE (detached_at, detachment_reason) ON imitation TO glomma_app;

CREATE FUNCTION imitation_detached_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a detachment is for good' USING ERRCODE = 'check_violation', CONSTRAINT = 'imitation_detached_once';
END
$$;
CREATE TRIGGER imitation_detached_once BEFORE UPDATE ON imitation
    FOR EACH ROW WHEN (OLD.detached_at IS NOT NULL) EXECUTE FUNCTION imitation_detached_once();

ALTER TABLE publication_version ADD COLUMN role text
    CONSTRAINT publication_version_role_check CHECK (role IN ('contributor', 'coordinator', 'administrator'));
COMMENT ON COLUMN publication_version.role IS 'In which role somebody published it; NULL for what is older than the question.';

ALTER TABLE change DROP CONSTRAINT change_kind_check;
ALTER TABLE change ADD CONSTRAINT change_kind_check CHECK (kind IN
    ('published', 'version_published', 'audience_changed', 'withdrawn', 'sight_gained', 'sight_lost', 'origins_changed'));

ALTER TABLE imitation FORCE ROW LEVEL SECURITY;
ALTER TABLE publication_version FORCE ROW LEVEL SECURITY;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)) THEN
        ALTER TABLE imitation_base ALTER COLUMN fields SET COMPRESSION lz4;
    END IF;
END
$$;
