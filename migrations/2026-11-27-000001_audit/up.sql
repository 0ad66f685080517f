CREATE TABLE audit_entry (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT audit_entry_pkey PRIMARY KEY,
    chain text NOT NULL,
    position bigint,
    hash bytea,
    occurred_at timestamptz NOT NULL,
    outcome text NOT NULL,
    times integer NOT NULL,
    request_id uuid NOT NULL,
    method text NOT NULL,
    route text NOT NULL,
    path text NOT NULL,
    status smallint NOT NULL,
    code text,
    role text,
    issuer text,
    subject text,
    client text,
    supplier text,
    delegation text,
    before bytea,
    after bytea,
    CONSTRAINT audit_entry_position_key UNIQUE (chain, position)
);
-- No CHECK, foreign key or default: every write pays for each, and the policies below say who may write what.
COMMENT ON TABLE audit_entry IS 'Who did what, by which right; and who was refused. Appended to by every write, in its transaction; chained afterwards by the one sealer.';
COMMENT ON COLUMN audit_entry.chain IS 'Whose trail: an organisation number, or platform.';
COMMENT ON COLUMN audit_entry.position IS 'The place in the chain, from 1 without a gap; NULL until it is sealed.';
COMMENT ON COLUMN audit_entry.hash IS 'SHA-256 over the hash before it and this entry (src/audit/seal.rs).';
COMMENT ON COLUMN audit_entry.times IS 'How often: refusals that are alike within a second are one entry.';
COMMENT ON COLUMN audit_entry.before IS 'SHA-256 of what was changed, as it was; NULL when there was nothing.';
COMMENT ON COLUMN audit_entry.after IS 'SHA-256 of what was changed, as it became; NULL when nothing is left.';

CREATE INDEX audit_entry_unsealed_idx ON audit_entry (id) WHERE position IS NULL;

CREATE TABLE audit_head (
    chain text CONSTRAINT audit_head_pkey PRIMARY KEY,
    position bigint NOT NULL,
    hash bytea NOT NULL,
    dropped_through bigint NOT NULL DEFAULT 0,
    dropped_hash bytea NOT NULL DEFAULT ''
);
COMMENT ON TABLE audit_head IS 'Where each chain ends, and the checkpoint at which it begins since its oldest entries were dropped.';

ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_insert ON audit_entry FOR INSERT TO glomma_app WITH CHECK (chain = app_municipality() AND position IS NULL);
CREATE POLICY own_reads ON audit_entry FOR SELECT TO glomma_app USING (chain = app_municipality());
CREATE POLICY system_reads ON audit_entry FOR SELECT TO glomma_system USING (true);
CREATE POLICY system_inserts ON audit_entry FOR INSERT TO glomma_system WITH CHECK (position IS NULL);
-- What is sealed stays as it is; what goes is behind the checkpoint.
CREATE POLICY system_seals ON audit_entry FOR UPDATE TO glomma_system USING (position IS NULL) WITH CHECK (position IS NOT NULL);
CREATE POLICY system_drops ON audit_entry FOR DELETE TO glomma_system
    USING (position <= (SELECT dropped_through FROM audit_head WHERE audit_head.chain = audit_entry.chain));
GRANT SELECT, INSERT ON audit_entry TO glomma_app, glomma_system;
GRANT UPDATE (position, hash), DELETE ON audit_entry TO glomma_system;

ALTER TABLE audit_head ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_reads ON audit_head FOR SELECT TO glomma_app USING (chain = app_municipality());
CREATE POLICY system_keeps ON audit_head TO glomma_system USING (true) WITH CHECK (true);
GRANT SELECT ON audit_head TO glomma_app, glomma_system;
GRANT INSERT, UPDATE ON audit_head TO glomma_system;
