CREATE TABLE change (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT change_pkey PRIMARY KEY,
    position bigint CONSTRAINT change_position_key UNIQUE,
    kind text NOT NULL CONSTRAINT change_kind_check
        CHECK (kind IN ('published', 'version_published', 'audience_changed', 'withdrawn')),
    publication_id uuid NOT NULL,
    municipality_id text NOT NULL REFERENCES municipality,
    version integer NOT NULL,
    audience text NOT NULL,
    occurred_at timestamptz NOT NULL,
    CONSTRAINT change_publication_fkey FOREIGN KEY (publication_id, municipality_id)
        REFERENCES publication (id, municipality_id) DEFERRABLE INITIALLY DEFERRED
);
COMMENT ON TABLE change IS 'One row per visible fact, written in the transaction that made it true: the only order in which anything leaves the system.';
COMMENT ON COLUMN change.id IS 'The order of writing. Becomes visible out of order: never read by it.';
COMMENT ON COLUMN change.position IS 'The order of reading, given after the commit by the one sequencer; NULL until then.';

CREATE INDEX change_unsequenced_idx ON change (id) WHERE position IS NULL;
CREATE INDEX change_publication_id_idx ON change (publication_id);

ALTER TABLE change ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_insert ON change FOR INSERT TO glomma_app WITH CHECK (municipality_id = app_municipality());
CREATE POLICY system_reads ON change FOR SELECT TO glomma_system USING (true);
CREATE POLICY system_sequences ON change FOR UPDATE TO glomma_system USING (true) WITH CHECK (true);
GRANT INSERT ON change TO glomma_app;
GRANT SELECT, UPDATE (position) ON change TO glomma_system;
