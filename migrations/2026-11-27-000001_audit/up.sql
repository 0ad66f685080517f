CREATE TABLE audit_pending (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT audit_pending_pkey PRIMARY KEY,
    chain text NOT NULL,
    entry bytea NOT NULL
);
-- Every write pays for this row, so there is nothing here to check or to look up.
COMMENT ON TABLE audit_pending IS 'Who did what, by which right, and who was refused: appended by every write in its transaction, and moved into its chain by the one sealer.';
COMMENT ON COLUMN audit_pending.chain IS 'Whose trail: an organisation number, or platform.';
COMMENT ON COLUMN audit_pending.entry IS 'JSON, in UTF-8: src/platform/audit/entry.rs.';

CREATE TABLE audit_entry (
    chain text NOT NULL,
    position bigint NOT NULL,
    hash bytea NOT NULL,
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
    before text,
    after text,
    CONSTRAINT audit_entry_pkey PRIMARY KEY (chain, position)
);
COMMENT ON TABLE audit_entry IS 'The audit trail: a chain of hashes for each municipality, and one for the platform. Nobody may change a row.';
COMMENT ON COLUMN audit_entry.position IS 'The place in the chain, from 1 without a gap.';
COMMENT ON COLUMN audit_entry.hash IS 'SHA-256 over the hash before it and this entry (src/audit/model.rs).';
COMMENT ON COLUMN audit_entry.times IS 'How often: refusals that are alike within a second are one entry.';
COMMENT ON COLUMN audit_entry.before IS 'SHA-256 of what was changed, as it was; NULL when there was nothing.';
COMMENT ON COLUMN audit_entry.after IS 'SHA-256 of what was changed, as it became; NULL when nothing is left.';

CREATE TABLE audit_head (
    chain text CONSTRAINT audit_head_pkey PRIMARY KEY,
    position bigint NOT NULL,
    hash bytea NOT NULL,
    dropped_through bigint NOT NULL DEFAULT 0,
    dropped_hash bytea NOT NULL DEFAULT ''
);
COMMENT ON TABLE audit_head IS 'Where each chain ends, and the checkpoint at which it begins since its oldest entries were dropped.';

-- A chain only grows, and what it lost stands at the checkpoint.
CREATE FUNCTION audit_head_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.chain <> OLD.chain OR NEW.position < OLD.position OR NEW.dropped_through < OLD.dropped_through
        OR NEW.dropped_through > NEW.position
        OR (NEW.position = OLD.position AND NEW.hash <> OLD.hash)
        OR (NEW.dropped_through = OLD.dropped_through AND NEW.dropped_hash <> OLD.dropped_hash)
        OR (NEW.dropped_through > OLD.dropped_through AND NEW.dropped_hash IS DISTINCT FROM (
            SELECT hash FROM audit_entry WHERE audit_entry.chain = NEW.chain AND audit_entry.position = NEW.dropped_through
                AND occurred_at < now() - interval '29 days')) THEN
        RAISE EXCEPTION 'a chain only grows' USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_head_grows';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER audit_head_grows BEFORE UPDATE ON audit_head FOR EACH ROW EXECUTE FUNCTION audit_head_grows();

ALTER TABLE audit_pending ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_insert ON audit_pending FOR INSERT TO glomma_app WITH CHECK (chain = app_municipality());
CREATE POLICY system_moves ON audit_pending TO glomma_system USING (true) WITH CHECK (true);
GRANT INSERT ON audit_pending TO glomma_app;
GRANT SELECT, INSERT, DELETE ON audit_pending TO glomma_system;

ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_reads ON audit_entry FOR SELECT TO glomma_app USING (chain = app_municipality());
CREATE POLICY system_reads ON audit_entry FOR SELECT TO glomma_system USING (true);
CREATE POLICY system_seals ON audit_entry FOR INSERT TO glomma_system WITH CHECK (true);
-- What goes is behind the checkpoint, and old.
CREATE POLICY system_drops ON audit_entry FOR DELETE TO glomma_system USING (
    occurred_at < now() - interval '29 days'
    AND position <= (SELECT dropped_through FROM audit_head WHERE audit_head.chain = audit_entry.chain));
GRANT SELECT ON audit_entry TO glomma_app;
GRANT SELECT, INSERT, DELETE ON audit_entry TO glomma_system;

ALTER TABLE audit_head ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_reads ON audit_head FOR SELECT TO glomma_app USING (chain = app_municipality());
CREATE POLICY system_keeps ON audit_head TO glomma_system USING (true) WITH CHECK (true);
GRANT SELECT ON audit_head TO glomma_app, glomma_system;
GRANT INSERT, UPDATE ON audit_head TO glomma_system;
