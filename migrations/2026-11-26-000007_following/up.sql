CREATE TABLE follow (
    municipality_id text NOT NULL REFERENCES municipality,
    kind text NOT NULL CONSTRAINT follow_kind_check CHECK (kind IN ('publication', 'municipality', 'area')),
    target text NOT NULL CONSTRAINT follow_target_check CHECK (char_length(target) BETWEEN 1 AND 60),
    followed_at timestamptz NOT NULL,
    CONSTRAINT follow_pkey PRIMARY KEY (municipality_id, kind, target)
);
COMMENT ON TABLE follow IS 'What a municipality wants to be told of, besides what concerns it anyhow.';
COMMENT ON COLUMN follow.target IS 'A publication''s id, a municipality''s organisation number, or the code of a strategic area.';

CREATE INDEX follow_target_idx ON follow (kind, target);

CREATE TABLE notification (
    municipality_id text NOT NULL REFERENCES municipality,
    position bigint NOT NULL,
    kind text NOT NULL,
    because text NOT NULL CONSTRAINT notification_because_check CHECK (because IN
        ('proposal', 'you_imitate_it', 'it_imitates_yours', 'it_is_yours', 'you_follow_it', 'you_follow_its_municipality', 'you_follow_its_area')),
    publication_id uuid NOT NULL,
    owner_id text NOT NULL REFERENCES municipality,
    version integer NOT NULL,
    actor_id text NOT NULL REFERENCES municipality,
    proposal_id uuid REFERENCES proposal,
    occurred_at timestamptz NOT NULL,
    read_at timestamptz,
    CONSTRAINT notification_pkey PRIMARY KEY (municipality_id, position),
    CONSTRAINT notification_publication_fkey FOREIGN KEY (publication_id, owner_id) REFERENCES publication (id, municipality_id)
);
COMMENT ON TABLE notification IS 'What a municipality was told: at most one for an entry of the change log.';
COMMENT ON COLUMN notification.position IS 'The position of that entry.';
COMMENT ON COLUMN notification.because IS 'Why the municipality is told; the first of several reasons.';
COMMENT ON COLUMN notification.actor_id IS 'Who did it.';

CREATE INDEX notification_occurred_idx ON notification (occurred_at);
CREATE INDEX notification_unread_idx ON notification (municipality_id) WHERE read_at IS NULL;

CREATE TABLE notified (
    single boolean CONSTRAINT notified_pkey PRIMARY KEY DEFAULT true CONSTRAINT notified_single_check CHECK (single),
    position bigint NOT NULL
);
COMMENT ON TABLE notified IS 'How far the change log was told, in one row, moved in the transaction that tells.';
COMMENT ON COLUMN notified.single IS 'Allows one row.';
-- What happened before is nobody's news.
INSERT INTO notified (position) SELECT head FROM change_log;

ALTER TABLE follow ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON follow TO glomma_app
    USING (municipality_id = app_municipality()) WITH CHECK (municipality_id = app_municipality());
CREATE POLICY system_reads ON follow FOR SELECT TO glomma_system USING (true);
GRANT SELECT, INSERT, DELETE ON follow TO glomma_app;
GRANT SELECT ON follow TO glomma_system;

ALTER TABLE notification ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON notification TO glomma_app
    USING (municipality_id = app_municipality()) WITH CHECK (municipality_id = app_municipality());
CREATE POLICY system_tells ON notification TO glomma_system USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE (read_at) ON notification TO glomma_app;
GRANT SELECT, INSERT, DELETE ON notification TO glomma_system;

ALTER TABLE notified ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY system_moves ON notified TO glomma_system USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE (position) ON notified TO glomma_system;
