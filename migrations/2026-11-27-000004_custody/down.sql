DELETE FROM change WHERE kind = 'redacted';
ALTER TABLE change DROP CONSTRAINT change_kind_check;
ALTER TABLE change ADD CONSTRAINT change_kind_check CHECK (kind IN
    ('published', 'version_published', 'audience_changed', 'withdrawn', 'sight_gained', 'sight_lost', 'origins_changed',
     'adoption_recorded', 'proposal_made', 'proposal_discussed', 'proposal_accepted', 'proposal_declined', 'proposal_withdrawn'));
REVOKE DELETE ON idempotent_answer FROM glomma_app;
REVOKE UPDATE (successor_id) ON publication FROM glomma_app;
ALTER TABLE publication DROP COLUMN successor_id;
REVOKE UPDATE (content, redacted_at) ON publication_version FROM glomma_app;
DROP POLICY own_redaction ON publication_version;
DROP TRIGGER publication_version_redaction ON publication_version;
DROP FUNCTION publication_version_redaction;
ALTER TABLE publication_version DROP COLUMN redacted_at;
