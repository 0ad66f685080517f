CREATE TABLE idempotent_answer (
    holder text NOT NULL,
    client text NOT NULL,
    route text NOT NULL,
    key_hash bytea NOT NULL,
    request_hash bytea NOT NULL,
    status smallint NOT NULL,
    location text,
    etag text,
    body bytea NOT NULL,
    answered_at timestamptz NOT NULL,
    CONSTRAINT idempotent_answer_pkey PRIMARY KEY (holder, client, route, key_hash)
);
COMMENT ON TABLE idempotent_answer IS 'Answers to requests that carried an Idempotency-Key, written in the transaction of the request, for a day.';
COMMENT ON COLUMN idempotent_answer.holder IS 'An organisation number, or platform.';
COMMENT ON COLUMN idempotent_answer.request_hash IS 'SHA-256 of path and canonical body: the same key for another request is refused.';
CREATE INDEX idempotent_answer_answered_at_idx ON idempotent_answer (answered_at);

CREATE UNLOGGED TABLE quota_window (
    bucket text NOT NULL,
    window_start timestamptz NOT NULL,
    taken integer NOT NULL,
    granted integer NOT NULL,
    CONSTRAINT quota_window_pkey PRIMARY KEY (bucket, window_start)
);
COMMENT ON TABLE quota_window IS 'How many requests the nodes have taken of a bucket''s quota in a minute. Not worth surviving a crash.';

ALTER TABLE idempotent_answer ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE quota_window ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON idempotent_answer TO glomma_app USING (holder = app_municipality()) WITH CHECK (holder = app_municipality());
CREATE POLICY platform ON idempotent_answer TO glomma_system USING (holder = 'platform') WITH CHECK (holder = 'platform');
CREATE POLICY system_clears ON idempotent_answer FOR DELETE TO glomma_system USING (answered_at < now() - interval '1 day');
CREATE POLICY system_finds_old ON idempotent_answer FOR SELECT TO glomma_system USING (answered_at < now() - interval '1 day');
CREATE POLICY system_counts ON quota_window TO glomma_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON idempotent_answer TO glomma_app, glomma_system;
GRANT DELETE ON idempotent_answer TO glomma_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON quota_window TO glomma_system;
