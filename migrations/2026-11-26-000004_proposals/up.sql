CREATE TABLE proposal (
    id uuid CONSTRAINT proposal_pkey PRIMARY KEY,
    publication_id uuid NOT NULL,
    owner_id text NOT NULL REFERENCES municipality,
    municipality_id text NOT NULL REFERENCES municipality,
    role text NOT NULL CONSTRAINT proposal_role_check CHECK (role IN ('contributor', 'coordinator', 'administrator')),
    revision bigint NOT NULL DEFAULT 1,
    base_version integer NOT NULL,
    fields jsonb NOT NULL,
    reason text NOT NULL CONSTRAINT proposal_reason_check CHECK (char_length(reason) BETWEEN 1 AND 2000),
    state text NOT NULL CONSTRAINT proposal_state_check CHECK (state IN ('open', 'accepted', 'partly_accepted', 'declined', 'withdrawn')),
    answer text CONSTRAINT proposal_answer_check CHECK (char_length(answer) BETWEEN 1 AND 2000),
    taken jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL,
    closed_at timestamptz,
    CONSTRAINT proposal_parties_check CHECK (owner_id <> municipality_id),
    CONSTRAINT proposal_closed_check CHECK ((closed_at IS NULL) = (state = 'open')),
    CONSTRAINT proposal_declined_check CHECK (state <> 'declined' OR answer IS NOT NULL),
    CONSTRAINT proposal_publication_fkey FOREIGN KEY (publication_id, owner_id) REFERENCES publication (id, municipality_id),
    CONSTRAINT proposal_base_fkey FOREIGN KEY (publication_id, base_version) REFERENCES publication_version
);
COMMENT ON TABLE proposal IS 'What one municipality offers to another''s publication. Of concern to these two alone.';
COMMENT ON COLUMN proposal.owner_id IS 'Whose publication it is: who decides.';
COMMENT ON COLUMN proposal.municipality_id IS 'Who offers it.';
COMMENT ON COLUMN proposal.revision IS 'Counts changes: the entity tag.';
COMMENT ON COLUMN proposal.base_version IS 'The version that the offer was written against.';
COMMENT ON COLUMN proposal.fields IS 'The offered members of the content.';
COMMENT ON COLUMN proposal.taken IS 'The members that the owner took over.';

CREATE INDEX proposal_owner_idx ON proposal (owner_id, id DESC);
CREATE INDEX proposal_municipality_idx ON proposal (municipality_id, id DESC);

CREATE TABLE proposal_comment (
    proposal_id uuid NOT NULL REFERENCES proposal,
    nth integer NOT NULL CONSTRAINT proposal_comment_nth_check CHECK (nth BETWEEN 1 AND 200),
    municipality_id text NOT NULL REFERENCES municipality,
    role text NOT NULL CONSTRAINT proposal_comment_role_check CHECK (role IN ('contributor', 'coordinator', 'administrator')),
    text text NOT NULL CONSTRAINT proposal_comment_text_check CHECK (char_length(text) BETWEEN 1 AND 2000),
    created_at timestamptz NOT NULL,
    CONSTRAINT proposal_comment_pkey PRIMARY KEY (proposal_id, nth)
);
COMMENT ON TABLE proposal_comment IS 'What the two say about a proposal; never changed.';

ALTER TABLE proposal ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY parties ON proposal FOR SELECT TO glomma_app
    USING (municipality_id = app_municipality() OR owner_id = app_municipality());
CREATE POLICY own_insert ON proposal FOR INSERT TO glomma_app WITH CHECK (municipality_id = app_municipality()
    AND state = 'open' AND EXISTS (SELECT FROM publication WHERE publication.id = publication_id));
CREATE POLICY parties_close ON proposal FOR UPDATE TO glomma_app
    USING (municipality_id = app_municipality() OR owner_id = app_municipality())
    WITH CHECK (municipality_id = app_municipality() OR owner_id = app_municipality());
GRANT SELECT, INSERT, UPDATE (revision, state, answer, taken, closed_at) ON proposal TO glomma_app;

CREATE FUNCTION proposal_closed_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'open' OR NEW.state = 'withdrawn' AND app_municipality() IS DISTINCT FROM NEW.municipality_id
        OR NEW.state <> 'withdrawn' AND app_municipality() IS DISTINCT FROM NEW.owner_id THEN
        RAISE EXCEPTION 'a proposal is closed once, by whose it is to close'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'proposal_closed_once';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER proposal_closed_once BEFORE UPDATE ON proposal FOR EACH ROW
    WHEN ((OLD.state, OLD.answer, OLD.taken, OLD.closed_at) IS DISTINCT FROM (NEW.state, NEW.answer, NEW.taken, NEW.closed_at))
    EXECUTE FUNCTION proposal_closed_once();

ALTER TABLE proposal_comment ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY parties ON proposal_comment FOR SELECT TO glomma_app
    USING (EXISTS (SELECT FROM proposal WHERE proposal.id = proposal_id));
CREATE POLICY own_insert ON proposal_comment FOR INSERT TO glomma_app WITH CHECK (
    municipality_id = app_municipality() AND EXISTS (SELECT FROM proposal WHERE proposal.id = proposal_id));
GRANT SELECT, INSERT ON proposal_comment TO glomma_app;

-- Who contributed goes with the project until its next version is published, and with that version for good.
ALTER TABLE project ADD COLUMN credits jsonb NOT NULL DEFAULT '[]';
COMMENT ON COLUMN project.credits IS 'Whose proposals were taken over since the last version.';
GRANT UPDATE (credits) ON project TO glomma_app;
ALTER TABLE publication_version ADD COLUMN credits jsonb NOT NULL DEFAULT '[]';
COMMENT ON COLUMN publication_version.credits IS 'Whose proposals this version took over, and which members.';

-- A proposal is told of to the one that it concerns, and to nobody else.
ALTER TABLE change DROP CONSTRAINT change_kind_check, DROP CONSTRAINT change_reader_check;
ALTER TABLE change ADD CONSTRAINT change_kind_check CHECK (kind IN
    ('published', 'version_published', 'audience_changed', 'withdrawn', 'sight_gained', 'sight_lost', 'origins_changed',
     'adoption_recorded', 'proposal_made', 'proposal_discussed', 'proposal_accepted', 'proposal_declined', 'proposal_withdrawn'));
ALTER TABLE change ADD CONSTRAINT change_reader_check CHECK ((reader_id IS NOT NULL) = (kind IN
    ('sight_gained', 'sight_lost', 'proposal_made', 'proposal_discussed', 'proposal_accepted', 'proposal_declined', 'proposal_withdrawn')));
ALTER TABLE change ADD COLUMN proposal_id uuid REFERENCES proposal;
COMMENT ON COLUMN change.proposal_id IS 'The proposal that the entry is about.';
ALTER POLICY own_insert ON change WITH CHECK (
    reader_id IS NULL AND proposal_id IS NULL AND (
        municipality_id = app_municipality() AND actor_id IS NULL
        OR kind = 'adoption_recorded' AND actor_id = app_municipality()
            AND EXISTS (SELECT FROM publication WHERE publication.id = publication_id))
    OR kind IN ('proposal_made', 'proposal_discussed', 'proposal_accepted', 'proposal_declined', 'proposal_withdrawn')
        AND actor_id IS NOT DISTINCT FROM nullif(app_municipality(), municipality_id)
        AND EXISTS (SELECT FROM proposal WHERE proposal.id = proposal_id AND proposal.publication_id = change.publication_id
            AND reader_id IN (proposal.owner_id, proposal.municipality_id) AND reader_id <> app_municipality()));
GRANT SELECT (proposal_id) ON change TO glomma_app;
