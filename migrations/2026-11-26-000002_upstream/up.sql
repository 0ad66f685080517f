-- FORCE binds the owner too, who has no policy on what is there already.
ALTER TABLE imitation NO FORCE ROW LEVEL SECURITY;
ALTER TABLE publication_version NO FORCE ROW LEVEL SECURITY;
DROP TRIGGER imitation_before_publication ON imitation;

ALTER TABLE imitation
    ADD COLUMN base jsonb,
    ADD COLUMN detached_at timestamptz,
    ADD COLUMN detachment_reason text CONSTRAINT imitation_detachment_reason_check CHECK (char_length(detachment_reason) BETWEEN 1 AND 1000),
    ADD CONSTRAINT imitation_detachment_check CHECK ((detached_at IS NULL) = (detachment_reason IS NULL));
UPDATE imitation SET base = content
    - ARRAY['results', 'lessons', 'location', 'phase', 'put_to_use_on', 'organisational_unit', 'contact']
FROM publication_version WHERE publication_id = parent_id AND version = parent_version;
ALTER TABLE imitation ALTER COLUMN base SET NOT NULL;
COMMENT ON COLUMN imitation.parent_version IS 'The version that was imitated, or merged last: the base of the comparison with later ones.';
COMMENT ON COLUMN imitation.base IS 'What that version said, of the members that are compared: the imitator keeps what it took, also when the version is no longer shown to it.';
COMMENT ON COLUMN imitation.detached_at IS 'When the imitator stopped following its origin; the edge stays.';

-- The ends of an edge never change, because the application may not write them; so only a new one can close a cycle.
CREATE TRIGGER imitation_before_publication BEFORE INSERT ON imitation
    FOR EACH ROW EXECUTE FUNCTION imitation_before_publication();
CREATE POLICY own_update ON imitation FOR UPDATE TO glomma_app
    USING (municipality_id = app_municipality()) WITH CHECK (municipality_id = app_municipality());
GRANT UPDATE (parent_version, base, detached_at, detachment_reason) ON imitation TO glomma_app;

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
        ALTER TABLE imitation ALTER COLUMN base SET COMPRESSION lz4;
    END IF;
END
$$;
