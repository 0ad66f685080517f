ALTER TABLE audit_entry
    ADD COLUMN occurred_at timestamptz, ADD COLUMN outcome text, ADD COLUMN times integer, ADD COLUMN request_id uuid,
    ADD COLUMN method text, ADD COLUMN route text, ADD COLUMN path text, ADD COLUMN status smallint, ADD COLUMN code text,
    ADD COLUMN role text, ADD COLUMN issuer text, ADD COLUMN subject text, ADD COLUMN client text, ADD COLUMN supplier text,
    ADD COLUMN delegation text, ADD COLUMN before text, ADD COLUMN after text;
ALTER TABLE audit_entry NO FORCE ROW LEVEL SECURITY;
UPDATE audit_entry SET
    occurred_at = (entry::jsonb ->> 'occurred_at')::timestamptz, outcome = entry::jsonb ->> 'outcome',
    times = (entry::jsonb ->> 'times')::integer, request_id = (entry::jsonb ->> 'request_id')::uuid,
    method = entry::jsonb ->> 'method', route = entry::jsonb ->> 'route', path = entry::jsonb ->> 'path',
    status = (entry::jsonb ->> 'status')::smallint, code = entry::jsonb ->> 'code', role = entry::jsonb ->> 'role',
    issuer = entry::jsonb ->> 'issuer', subject = entry::jsonb ->> 'subject', client = entry::jsonb ->> 'client',
    supplier = entry::jsonb ->> 'supplier', delegation = entry::jsonb ->> 'delegation',
    before = entry::jsonb ->> 'before', after = entry::jsonb ->> 'after';
ALTER TABLE audit_entry FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_entry
    ALTER COLUMN occurred_at SET NOT NULL, ALTER COLUMN outcome SET NOT NULL, ALTER COLUMN times SET NOT NULL,
    ALTER COLUMN request_id SET NOT NULL, ALTER COLUMN method SET NOT NULL, ALTER COLUMN route SET NOT NULL,
    ALTER COLUMN path SET NOT NULL, ALTER COLUMN status SET NOT NULL;

CREATE OR REPLACE FUNCTION audit_head_grows() RETURNS trigger LANGUAGE plpgsql AS $$
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
DROP POLICY system_drops ON audit_entry;
CREATE POLICY system_drops ON audit_entry FOR DELETE TO glomma_system USING (
    occurred_at < now() - interval '29 days'
    AND position <= (SELECT dropped_through FROM audit_head WHERE audit_head.chain = audit_entry.chain));
ALTER TABLE audit_entry DROP COLUMN entry, DROP COLUMN sealed_at;
COMMENT ON COLUMN audit_entry.hash IS 'SHA-256 over the hash before it and this entry (src/audit/model.rs).';
COMMENT ON COLUMN audit_entry.times IS 'How often: refusals that are alike within a second are one entry.';
COMMENT ON COLUMN audit_entry.before IS 'SHA-256 of what was changed, as it was; NULL when there was nothing.';
COMMENT ON COLUMN audit_entry.after IS 'SHA-256 of what was changed, as it became; NULL when nothing is left.';
