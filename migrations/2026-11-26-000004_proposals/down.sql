ALTER TABLE change NO FORCE ROW LEVEL SECURITY;
DELETE FROM change WHERE proposal_id IS NOT NULL;
ALTER TABLE change FORCE ROW LEVEL SECURITY;
REVOKE SELECT (proposal_id) ON change FROM glomma_app;
ALTER POLICY own_insert ON change WITH CHECK (
    reader_id IS NULL AND (
        municipality_id = app_municipality() AND actor_id IS NULL
        OR kind = 'adoption_recorded' AND actor_id = app_municipality()
            AND EXISTS (SELECT FROM publication WHERE publication.id = publication_id)));
ALTER TABLE change DROP COLUMN proposal_id, DROP CONSTRAINT change_kind_check, DROP CONSTRAINT change_reader_check;
ALTER TABLE change ADD CONSTRAINT change_kind_check CHECK (kind IN
    ('published', 'version_published', 'audience_changed', 'withdrawn', 'sight_gained', 'sight_lost', 'origins_changed',
     'adoption_recorded'));
ALTER TABLE change ADD CONSTRAINT change_reader_check CHECK ((reader_id IS NOT NULL) = (kind IN ('sight_gained', 'sight_lost')));
ALTER TABLE publication_version DROP COLUMN credits;
REVOKE UPDATE (credits) ON project FROM glomma_app;
ALTER TABLE project DROP COLUMN credits;
DROP TABLE proposal_comment;
DROP TABLE proposal;
DROP FUNCTION proposal_closed_once;
