ALTER TABLE change NO FORCE ROW LEVEL SECURITY;
DELETE FROM change WHERE kind = 'adoption_recorded';
ALTER TABLE change FORCE ROW LEVEL SECURITY;
ALTER POLICY own_insert ON change WITH CHECK (municipality_id = app_municipality() AND reader_id IS NULL);
ALTER TABLE change DROP COLUMN actor_id, DROP CONSTRAINT change_kind_check;
ALTER TABLE change ADD CONSTRAINT change_kind_check CHECK (kind IN
    ('published', 'version_published', 'audience_changed', 'withdrawn', 'sight_gained', 'sight_lost', 'origins_changed'));
DROP TABLE adoption_entry;
DROP TABLE adoption;
