CREATE TABLE adoption (
    municipality_id text NOT NULL REFERENCES municipality,
    project_id uuid,
    publication_id uuid REFERENCES publication,
    subject_id uuid NOT NULL,
    state text NOT NULL CONSTRAINT adoption_state_check
        CHECK (state IN ('planned', 'piloting', 'in_use', 'evaluated', 'discontinued')),
    since date NOT NULL,
    first_used_on date,
    content jsonb NOT NULL,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT adoption_pkey PRIMARY KEY (subject_id, municipality_id),
    CONSTRAINT adoption_subject_check
        CHECK (subject_id = coalesce(project_id, publication_id) AND num_nonnulls(project_id, publication_id) = 1),
    CONSTRAINT adoption_project_fkey FOREIGN KEY (project_id, municipality_id)
        REFERENCES project (id, municipality_id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
COMMENT ON TABLE adoption IS 'What became of a project at a municipality, as its ledger says it by now. Everything here follows from the entries.';
COMMENT ON COLUMN adoption.project_id IS 'The municipality''s own project: an imitation, or an original.';
COMMENT ON COLUMN adoption.publication_id IS 'Another''s publication that is used without a copy of it.';
COMMENT ON COLUMN adoption.subject_id IS 'Whichever of the two it is.';
COMMENT ON COLUMN adoption.first_used_on IS 'The first day in use; NULL while it never was.';
COMMENT ON COLUMN adoption.content IS 'The last that was said of each thing; the shape is Account in src/adoption/model.rs.';

CREATE TABLE adoption_entry (
    municipality_id text NOT NULL,
    subject_id uuid NOT NULL,
    nth integer NOT NULL,
    state text NOT NULL CONSTRAINT adoption_entry_state_check
        CHECK (state IN ('planned', 'piloting', 'in_use', 'evaluated', 'discontinued')),
    occurred_on date NOT NULL,
    corrects integer,
    content jsonb NOT NULL,
    role text CONSTRAINT adoption_entry_role_check CHECK (role IN ('contributor', 'coordinator', 'administrator')),
    recorded_at timestamptz NOT NULL,
    CONSTRAINT adoption_entry_pkey PRIMARY KEY (subject_id, municipality_id, nth),
    CONSTRAINT adoption_entry_corrects_check CHECK (corrects BETWEEN 1 AND nth - 1),
    CONSTRAINT adoption_entry_ledger_fkey FOREIGN KEY (subject_id, municipality_id)
        REFERENCES adoption (subject_id, municipality_id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
COMMENT ON TABLE adoption_entry IS 'The ledger, append-only: the application may neither change nor delete an entry. What was wrong is corrected by another. Entries go only with a draft that was never published.';
COMMENT ON COLUMN adoption_entry.nth IS 'The place in the ledger, from 1.';
COMMENT ON COLUMN adoption_entry.corrects IS 'The place of the entry that this one is instead of.';

CREATE INDEX adoption_publication_idx ON adoption (publication_id) WHERE publication_id IS NOT NULL;
CREATE INDEX adoption_since_idx ON adoption (since);
CREATE INDEX adoption_project_idx ON adoption (project_id, municipality_id) WHERE project_id IS NOT NULL;

-- The ledgers of imitations that were there before; nobody knows any more in which role they were made.
ALTER TABLE imitation NO FORCE ROW LEVEL SECURITY;
INSERT INTO adoption (municipality_id, project_id, subject_id, state, since, first_used_on, content, recorded_at)
SELECT DISTINCT ON (project_id) municipality_id, project_id, project_id, CASE intent WHEN 'have_done' THEN 'in_use' ELSE 'planned' END,
    imitated_at::date, CASE intent WHEN 'have_done' THEN imitated_at::date END, '{}', imitated_at
FROM imitation ORDER BY project_id, rank;
INSERT INTO adoption_entry (municipality_id, subject_id, nth, state, occurred_on, content, recorded_at)
SELECT municipality_id, subject_id, 1, state, since, content, recorded_at FROM adoption;
ALTER TABLE imitation FORCE ROW LEVEL SECURITY;

-- Seen by whoever sees what it is about: the publication that is used, or the project once that is published.
ALTER TABLE adoption ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY visible ON adoption FOR SELECT TO glomma_app USING (
    municipality_id = app_municipality()
    OR EXISTS (SELECT FROM publication WHERE publication.id = subject_id
        AND (publication.withdrawn_at IS NULL OR publication_id IS NOT NULL)));
CREATE POLICY own_insert ON adoption FOR INSERT TO glomma_app WITH CHECK (municipality_id = app_municipality()
    AND (publication_id IS NULL OR EXISTS (SELECT FROM publication WHERE publication.id = publication_id)));
CREATE POLICY own_update ON adoption FOR UPDATE TO glomma_app
    USING (municipality_id = app_municipality()) WITH CHECK (municipality_id = app_municipality());
CREATE POLICY system_reads ON adoption FOR SELECT TO glomma_system USING (true);
GRANT SELECT, INSERT, UPDATE (state, since, first_used_on, content, recorded_at) ON adoption TO glomma_app;
GRANT SELECT ON adoption TO glomma_system;

-- The entries themselves are the municipality's own; others see what they come to.
ALTER TABLE adoption_entry ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON adoption_entry FOR SELECT TO glomma_app USING (municipality_id = app_municipality());
CREATE POLICY own_insert ON adoption_entry FOR INSERT TO glomma_app WITH CHECK (municipality_id = app_municipality());
GRANT SELECT, INSERT ON adoption_entry TO glomma_app;

ALTER TABLE change ADD COLUMN actor_id text REFERENCES municipality;
COMMENT ON COLUMN change.actor_id IS 'Who did it, when that is not whose publication it is.';
-- What is told of a publication's use is told by whoever uses it.
ALTER TABLE change DROP CONSTRAINT change_kind_check;
ALTER TABLE change ADD CONSTRAINT change_kind_check CHECK (kind IN
    ('published', 'version_published', 'audience_changed', 'withdrawn', 'sight_gained', 'sight_lost', 'origins_changed',
     'adoption_recorded'));
ALTER POLICY own_insert ON change WITH CHECK (
    reader_id IS NULL AND (
        municipality_id = app_municipality() AND actor_id IS NULL
        OR kind = 'adoption_recorded' AND actor_id = app_municipality()
            AND EXISTS (SELECT FROM publication WHERE publication.id = publication_id)));
