DROP TRIGGER region_member_is_key ON region_member;
DROP FUNCTION region_member_is_key;
DROP TRIGGER region_member_left ON region_member;
DROP TRIGGER region_member_joined ON region_member;
DROP FUNCTION region_member_sight;
DROP POLICY owner_tells ON change;
DROP POLICY owner_reads ON publication;
REVOKE DELETE ON change FROM glomma_system;
REVOKE SELECT (position, kind, publication_id, municipality_id, audience, audience_before, reader_id, occurred_at)
    ON change FROM glomma_app;
DROP POLICY system_compacts ON change;
ALTER POLICY own_insert ON change WITH CHECK (municipality_id = app_municipality());
DROP POLICY visible ON change;
DROP TABLE change_log;
-- What concerned one reader has no place in the older log.
ALTER TABLE change NO FORCE ROW LEVEL SECURITY;
DELETE FROM change WHERE reader_id IS NOT NULL;
ALTER TABLE change FORCE ROW LEVEL SECURITY;
ALTER TABLE change
    DROP CONSTRAINT change_reader_check,
    DROP CONSTRAINT change_kind_check,
    ADD CONSTRAINT change_kind_check CHECK (kind IN ('published', 'version_published', 'audience_changed', 'withdrawn')),
    DROP COLUMN reader_id,
    DROP COLUMN audience_before;
