CREATE TABLE imitation (
    project_id uuid NOT NULL,
    parent_id uuid NOT NULL,
    parent_version integer NOT NULL,
    parent_municipality_id text NOT NULL REFERENCES municipality,
    municipality_id text NOT NULL REFERENCES municipality,
    rank smallint NOT NULL,
    mode text NOT NULL CONSTRAINT imitation_mode_check CHECK (mode IN ('copied', 'adapted', 'inspired')),
    intent text NOT NULL CONSTRAINT imitation_intent_check CHECK (intent IN ('will_do', 'have_done')),
    reason text NOT NULL CONSTRAINT imitation_reason_check CHECK (char_length(reason) BETWEEN 1 AND 1000),
    imitated_at timestamptz NOT NULL,
    CONSTRAINT imitation_pkey PRIMARY KEY (project_id, parent_id),
    CONSTRAINT imitation_self_check CHECK (project_id <> parent_id),
    CONSTRAINT imitation_project_fkey FOREIGN KEY (project_id, municipality_id)
        REFERENCES project (id, municipality_id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT imitation_parent_fkey FOREIGN KEY (parent_id, parent_municipality_id)
        REFERENCES publication (id, municipality_id),
    CONSTRAINT imitation_parent_version_fkey FOREIGN KEY (parent_id, parent_version) REFERENCES publication_version
);
COMMENT ON TABLE imitation IS 'The edges of the lineage: which publication version a project was made from. They go only with a draft that was never published.';
COMMENT ON COLUMN imitation.rank IS '0 for the publication whose content was copied, then the further parents in the order given.';

COMMENT ON COLUMN imitation.parent_municipality_id IS 'Whose it was: the imitator keeps knowing, also when the parent is no longer shown to it.';

CREATE INDEX imitation_parent_id_idx ON imitation (parent_id, imitated_at DESC, project_id DESC);

-- An edge can only be drawn from a project that nobody can have imitated yet, so no cycle can close.
CREATE FUNCTION imitation_before_publication() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM publication WHERE id = NEW.project_id) THEN
        RAISE EXCEPTION 'the origin of a project is settled before it is published'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'imitation_before_publication';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER imitation_before_publication BEFORE INSERT OR UPDATE ON imitation
    FOR EACH ROW EXECUTE FUNCTION imitation_before_publication();

ALTER TABLE imitation ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- Others see an edge when they see both its ends: a draft, or a parent that is not for them, is never counted.
CREATE POLICY visible ON imitation FOR SELECT TO glomma_app USING (
    municipality_id = app_municipality()
    OR (EXISTS (SELECT FROM publication WHERE publication.id = project_id)
        AND EXISTS (SELECT FROM publication WHERE publication.id = parent_id)));
CREATE POLICY own_insert ON imitation FOR INSERT TO glomma_app WITH CHECK (municipality_id = app_municipality());
CREATE POLICY system_reads ON imitation FOR SELECT TO glomma_system USING (true);
GRANT SELECT, INSERT ON imitation TO glomma_app;
GRANT SELECT ON imitation TO glomma_system;
