-- What concerned only origins has no place in the older log.
ALTER TABLE change NO FORCE ROW LEVEL SECURITY;
DELETE FROM change WHERE kind = 'origins_changed';
ALTER TABLE change FORCE ROW LEVEL SECURITY;
ALTER TABLE change DROP CONSTRAINT change_kind_check;
ALTER TABLE change ADD CONSTRAINT change_kind_check CHECK (kind IN
    ('published', 'version_published', 'audience_changed', 'withdrawn', 'sight_gained', 'sight_lost'));
ALTER TABLE publication_version DROP COLUMN role;
DROP TRIGGER imitation_detached_once ON imitation;
DROP FUNCTION imitation_detached_once;
DROP TABLE imitation_base;
ALTER TABLE imitation
    ADD CONSTRAINT imitation_municipality_id_fkey FOREIGN KEY (municipality_id) REFERENCES municipality,
    ADD CONSTRAINT imitation_parent_municipality_id_fkey FOREIGN KEY (parent_municipality_id) REFERENCES municipality;
REVOKE UPDATE (detached_at, detachment_reason) ON imitation FROM glomma_app;
DROP POLICY own_update ON imitation;
DROP TRIGGER imitation_before_publication ON imitation;
CREATE TRIGGER imitation_before_publication BEFORE INSERT OR UPDATE ON imitation
    FOR EACH ROW EXECUTE FUNCTION imitation_before_publication();
ALTER TABLE imitation DROP COLUMN detachment_reason, DROP COLUMN detached_at;
