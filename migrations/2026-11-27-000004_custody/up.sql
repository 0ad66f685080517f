ALTER TABLE publication_version ADD COLUMN redacted_at timestamptz;
COMMENT ON COLUMN publication_version.redacted_at IS 'When its contact was taken out. Nothing else of a version ever changes.';

CREATE FUNCTION publication_version_redaction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.content IS DISTINCT FROM OLD.content - 'contact' OR NEW.redacted_at IS NULL THEN
        RAISE EXCEPTION 'a version loses its contact and nothing else'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'publication_version_redaction';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER publication_version_redaction BEFORE UPDATE ON publication_version
    FOR EACH ROW EXECUTE FUNCTION publication_version_redaction();
CREATE POLICY own_redaction ON publication_version FOR UPDATE TO glomma_app
    USING (municipality_id = app_municipality()) WITH CHECK (municipality_id = app_municipality());
GRANT UPDATE (content, redacted_at) ON publication_version TO glomma_app;

-- What was answered before may have the contact in it.
GRANT DELETE ON idempotent_answer TO glomma_app;

ALTER TABLE publication ADD COLUMN successor_id uuid REFERENCES publication;
COMMENT ON COLUMN publication.successor_id IS 'The imitation in which a withdrawn publication lives on, of the municipality that it was handed over to.';
GRANT UPDATE (successor_id) ON publication TO glomma_app;

ALTER TABLE change DROP CONSTRAINT change_kind_check;
ALTER TABLE change ADD CONSTRAINT change_kind_check CHECK (kind IN
    ('published', 'version_published', 'audience_changed', 'withdrawn', 'sight_gained', 'sight_lost', 'origins_changed',
     'adoption_recorded', 'proposal_made', 'proposal_discussed', 'proposal_accepted', 'proposal_declined', 'proposal_withdrawn', 'redacted'));
