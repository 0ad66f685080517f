-- Where an external publication comes from: the address, item and status over there (src/publications/external.rs).
ALTER TABLE publication ADD COLUMN external jsonb,
    ADD CONSTRAINT publication_external_check CHECK (external IS NULL OR municipality_id < '1');
COMMENT ON COLUMN publication.external IS 'Where it was read from, when nobody here owns it; NULL for a municipality''s own.';
GRANT UPDATE (external) ON publication TO glomma_app;

CREATE TABLE kominn_target (
    name text CONSTRAINT kominn_target_pkey PRIMARY KEY CONSTRAINT kominn_target_name_check CHECK (name ~ '^[a-z0-9-]{1,40}$'),
    source_id text NOT NULL REFERENCES municipality,
    read_through timestamptz,
    swept_at timestamptz,
    blocked_until timestamptz,
    last_wait integer NOT NULL DEFAULT 0
);
COMMENT ON TABLE kominn_target IS 'What is known of each KOMINN site between runs. Which sites there are, the configuration says.';
COMMENT ON COLUMN kominn_target.source_id IS 'Who owns here what is read there: a number that no organisation has.';
COMMENT ON COLUMN kominn_target.read_through IS 'Every item that was modified before has been read, by the clock over there.';
COMMENT ON COLUMN kominn_target.swept_at IS 'When all ids were read last.';
COMMENT ON COLUMN kominn_target.last_wait IS 'How many seconds it asked to wait last. After a run that was interrupted one waits as long: it may have asked again, unheard.';
COMMENT ON COLUMN kominn_target.blocked_until IS 'When it may be asked again, as it said itself (Retry-After).';

CREATE TABLE kominn_consent (
    target text NOT NULL,
    municipality_id text NOT NULL REFERENCES municipality,
    given_at timestamptz NOT NULL,
    CONSTRAINT kominn_consent_pkey PRIMARY KEY (target, municipality_id)
);
COMMENT ON TABLE kominn_consent IS 'Who lets its public publications be sent where. Without a row nothing is.';

CREATE TABLE kominn_link (
    id uuid CONSTRAINT kominn_link_pkey PRIMARY KEY,
    target text NOT NULL,
    project_id uuid NOT NULL,
    municipality_id text NOT NULL REFERENCES municipality,
    state text NOT NULL CONSTRAINT kominn_link_state_check
        CHECK (state IN ('pending', 'in_flight', 'synced', 'conflict', 'rejected', 'gone', 'dead')),
    item_id bigint,
    etag text,
    pushed jsonb NOT NULL DEFAULT '{}',
    sending jsonb NOT NULL DEFAULT '{}',
    version integer NOT NULL DEFAULT 0,
    withdrawn boolean NOT NULL DEFAULT false,
    mapping text NOT NULL DEFAULT '',
    attempts integer NOT NULL DEFAULT 0,
    retry_at timestamptz,
    sent_at timestamptz,
    error text,
    conflicts jsonb NOT NULL DEFAULT '[]',
    choices jsonb NOT NULL DEFAULT '{}',
    remote_status text,
    induct text CONSTRAINT kominn_link_induct_check CHECK (induct IN ('asked', 'in_flight', 'sent', 'unknown', 'refused')),
    updated_at timestamptz NOT NULL,
    CONSTRAINT kominn_link_project_key UNIQUE (target, project_id),
    CONSTRAINT kominn_link_item_key UNIQUE (target, item_id),
    CONSTRAINT kominn_link_publication_fkey FOREIGN KEY (project_id, municipality_id) REFERENCES publication (id, municipality_id),
    CONSTRAINT kominn_link_in_flight_check CHECK ((state = 'in_flight') <= (sent_at IS NOT NULL))
);
COMMENT ON TABLE kominn_link IS 'The ledger: a row for each publication that was sent to a site, written before it is sent.';
COMMENT ON COLUMN kominn_link.pushed IS 'What was sent last, by the names of its fields over there: the base of the three-way comparison.';
COMMENT ON COLUMN kominn_link.sending IS 'What is being sent: when the answer is lost, it may stand there.';
COMMENT ON COLUMN kominn_link.version IS 'The version that was sent last.';
COMMENT ON COLUMN kominn_link.mapping IS 'By which fields and choices of the site it was written: another one means that it must be compared anew.';
COMMENT ON COLUMN kominn_link.sent_at IS 'When the creation was sent whose answer is not known yet.';
COMMENT ON COLUMN kominn_link.conflicts IS 'Fields that both sides changed: base, ours and theirs.';
COMMENT ON COLUMN kominn_link.choices IS 'Which side of each conflict counts, as a person chose.';
CREATE INDEX kominn_link_municipality_id_idx ON kominn_link (municipality_id, target);

CREATE TABLE kominn_item (
    target text NOT NULL,
    item_id bigint NOT NULL,
    publication_id uuid NOT NULL CONSTRAINT kominn_item_publication_key UNIQUE REFERENCES publication,
    hash text NOT NULL,
    inspired bigint[] NOT NULL DEFAULT '{}',
    CONSTRAINT kominn_item_pkey PRIMARY KEY (target, item_id)
);
COMMENT ON TABLE kominn_item IS 'Which external publication shows which item of a site.';
COMMENT ON COLUMN kominn_item.inspired IS 'The items that it was inspired by, of which some may not be here yet.';
COMMENT ON COLUMN kominn_item.hash IS 'SHA-256 of what was read, in hex: likes and comments move the entity tag and change nothing here.';

CREATE TABLE kominn_run (
    id uuid CONSTRAINT kominn_run_pkey PRIMARY KEY,
    target text NOT NULL,
    asked_by text REFERENCES municipality,
    dry boolean NOT NULL,
    state text NOT NULL CONSTRAINT kominn_run_state_check CHECK (state IN ('asked', 'running', 'done', 'failed', 'interrupted')),
    asked_at timestamptz NOT NULL,
    started_at timestamptz,
    ended_at timestamptz,
    counts jsonb NOT NULL DEFAULT '{}',
    error text
);
COMMENT ON TABLE kominn_run IS 'Every run, and those that somebody asked for.';
CREATE UNIQUE INDEX kominn_run_asked_idx ON kominn_run (target, dry) WHERE state = 'asked';
CREATE INDEX kominn_run_target_idx ON kominn_run (target, asked_at DESC, id DESC);

CREATE TABLE kominn_step (
    run_id uuid NOT NULL REFERENCES kominn_run ON DELETE CASCADE,
    nth integer NOT NULL,
    municipality_id text NOT NULL REFERENCES municipality,
    project_id uuid,
    item_id bigint,
    action text NOT NULL,
    differences jsonb NOT NULL DEFAULT '[]',
    error text,
    CONSTRAINT kominn_step_pkey PRIMARY KEY (run_id, nth)
);
COMMENT ON TABLE kominn_step IS 'What a run did, or would do, one thing a row.';

ALTER TABLE kominn_target ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY everybody_reads ON kominn_target FOR SELECT TO glomma_app USING (true);
CREATE POLICY system_keeps ON kominn_target TO glomma_system USING (true) WITH CHECK (true);
GRANT SELECT ON kominn_target TO glomma_app;
GRANT SELECT, INSERT, UPDATE ON kominn_target TO glomma_system;

ALTER TABLE kominn_consent ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON kominn_consent TO glomma_app
    USING (municipality_id = app_municipality()) WITH CHECK (municipality_id = app_municipality());
CREATE POLICY system_reads ON kominn_consent FOR SELECT TO glomma_system USING (true);
GRANT SELECT, INSERT, DELETE ON kominn_consent TO glomma_app;
GRANT SELECT ON kominn_consent TO glomma_system;

ALTER TABLE kominn_link ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_reads ON kominn_link FOR SELECT TO glomma_app USING (municipality_id = app_municipality());
CREATE POLICY own_decides ON kominn_link FOR UPDATE TO glomma_app
    USING (municipality_id = app_municipality()) WITH CHECK (municipality_id = app_municipality());
CREATE POLICY system_keeps ON kominn_link TO glomma_system USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE (state, choices, attempts, retry_at, sent_at, item_id, etag, pushed, mapping, error, induct, updated_at) ON kominn_link TO glomma_app;
GRANT SELECT, INSERT, UPDATE ON kominn_link TO glomma_system;

ALTER TABLE kominn_item ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY system_keeps ON kominn_item TO glomma_system USING (true) WITH CHECK (true);
CREATE POLICY sources_keep ON kominn_item TO glomma_app USING (app_municipality() < '1') WITH CHECK (app_municipality() < '1');
GRANT SELECT, INSERT, UPDATE ON kominn_item TO glomma_app, glomma_system;

ALTER TABLE kominn_run ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY everybody_reads ON kominn_run FOR SELECT TO glomma_app USING (true);
CREATE POLICY own_asks ON kominn_run FOR INSERT TO glomma_app WITH CHECK (asked_by = app_municipality() AND state = 'asked');
CREATE POLICY system_keeps ON kominn_run TO glomma_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON kominn_run TO glomma_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON kominn_run TO glomma_system;

ALTER TABLE kominn_step ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- What is read from outside is public there.
CREATE POLICY own_reads ON kominn_step FOR SELECT TO glomma_app
    USING (municipality_id = app_municipality() OR municipality_id < '1');
CREATE POLICY system_keeps ON kominn_step TO glomma_system USING (true) WITH CHECK (true);
GRANT SELECT ON kominn_step TO glomma_app;
GRANT SELECT, INSERT, DELETE ON kominn_step TO glomma_system;

-- Over there an edge may be drawn between items that are shown already, and the other way later. Here none may close a cycle.
CREATE OR REPLACE FUNCTION imitation_before_publication() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.municipality_id < '1' THEN
        PERFORM pg_advisory_xact_lock(467001);
        IF EXISTS (
            WITH RECURSIVE above AS (
                SELECT NEW.parent_id AS id
                UNION SELECT imitation.parent_id FROM above JOIN imitation ON imitation.project_id = above.id)
            SELECT FROM above WHERE id = NEW.project_id) THEN
            RAISE EXCEPTION 'a lineage has no cycle' USING ERRCODE = 'check_violation', CONSTRAINT = 'imitation_acyclic';
        END IF;
    ELSIF EXISTS (SELECT FROM publication WHERE id = NEW.project_id) THEN
        RAISE EXCEPTION 'the origin of a project is settled before it is published'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'imitation_before_publication';
    END IF;
    RETURN NEW;
END
$$;
-- By the service, which sees every edge: one that the source does not see could close a cycle too.
CREATE POLICY system_draws_outside ON imitation FOR INSERT TO glomma_system WITH CHECK (municipality_id < '1');
GRANT INSERT ON imitation TO glomma_system;
