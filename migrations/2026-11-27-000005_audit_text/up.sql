-- An entry is one text, the one that is hashed: twenty columns took the sealer longer to write than to hash.
-- It is written as serde_json and chrono write it, so that every hash stays what it was.
CREATE FUNCTION audit_time(at timestamptz) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT regexp_replace(to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '(\.000000|000)$', '') || 'Z'
$$;

ALTER TABLE audit_entry ADD COLUMN entry text, ADD COLUMN sealed_at timestamptz;
ALTER TABLE audit_entry NO FORCE ROW LEVEL SECURITY;
UPDATE audit_entry SET sealed_at = occurred_at, entry = concat(
    '{"position":', position, ',"chain":', to_json(chain), ',"occurred_at":"', audit_time(occurred_at),
    '","outcome":', to_json(outcome), ',"times":', times, ',"request_id":"', request_id,
    '","method":', to_json(method), ',"route":', to_json(route), ',"path":', to_json(path), ',"status":', status,
    ',"code":', coalesce(to_json(code)::text, 'null'), ',"role":', coalesce(to_json(role)::text, 'null'),
    ',"issuer":', coalesce(to_json(issuer)::text, 'null'), ',"subject":', coalesce(to_json(subject)::text, 'null'),
    ',"client":', coalesce(to_json(client)::text, 'null'), ',"supplier":', coalesce(to_json(supplier)::text, 'null'),
    ',"delegation":', coalesce(to_json(delegation)::text, 'null'),
    ',"before":', coalesce(to_json(before)::text, 'null'), ',"after":', coalesce(to_json(after)::text, 'null'), '}');
ALTER TABLE audit_entry FORCE ROW LEVEL SECURITY;
DROP FUNCTION audit_time;
ALTER TABLE audit_entry ALTER COLUMN entry SET NOT NULL, ALTER COLUMN sealed_at SET NOT NULL, ALTER COLUMN sealed_at SET DEFAULT now();

-- What may be dropped is told by when it was sealed: when it occurred is what the writer says.
CREATE OR REPLACE FUNCTION audit_head_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.chain <> OLD.chain OR NEW.position < OLD.position OR NEW.dropped_through < OLD.dropped_through
        OR NEW.dropped_through > NEW.position
        OR (NEW.position = OLD.position AND NEW.hash <> OLD.hash)
        OR (NEW.dropped_through = OLD.dropped_through AND NEW.dropped_hash <> OLD.dropped_hash)
        OR (NEW.dropped_through > OLD.dropped_through AND NEW.dropped_hash IS DISTINCT FROM (
            SELECT hash FROM audit_entry WHERE audit_entry.chain = NEW.chain AND audit_entry.position = NEW.dropped_through
                AND sealed_at < now() - interval '29 days')) THEN
        RAISE EXCEPTION 'a chain only grows' USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_head_grows';
    END IF;
    RETURN NEW;
END
$$;
DROP POLICY system_drops ON audit_entry;
CREATE POLICY system_drops ON audit_entry FOR DELETE TO glomma_system USING (
    sealed_at < now() - interval '29 days'
    AND position <= (SELECT dropped_through FROM audit_head WHERE audit_head.chain = audit_entry.chain));

ALTER TABLE audit_entry
    DROP COLUMN occurred_at, DROP COLUMN outcome, DROP COLUMN times, DROP COLUMN request_id, DROP COLUMN method, DROP COLUMN route,
    DROP COLUMN path, DROP COLUMN status, DROP COLUMN code, DROP COLUMN role, DROP COLUMN issuer, DROP COLUMN subject,
    DROP COLUMN client, DROP COLUMN supplier, DROP COLUMN delegation, DROP COLUMN before, DROP COLUMN after;
COMMENT ON COLUMN audit_entry.hash IS 'SHA-256 over the hash before it and the text of this entry.';
COMMENT ON COLUMN audit_entry.entry IS 'JSON: src/audit/model.rs.';
COMMENT ON COLUMN audit_entry.sealed_at IS 'When it was put into its chain, which is what its age is counted from.';
