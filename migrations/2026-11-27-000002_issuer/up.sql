CREATE TABLE signing_key (
    id text CONSTRAINT signing_key_pkey PRIMARY KEY,
    public jsonb NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL,
    signs_from timestamptz NOT NULL
);
COMMENT ON TABLE signing_key IS 'Keys of the built-in issuer. The newest that may sign does; older ones are published until nothing signed by them is valid.';
COMMENT ON COLUMN signing_key.public IS 'The public key, a JWK (RFC 7517).';
COMMENT ON COLUMN signing_key.sealed IS 'The private key (PKCS 8), AES-256-GCM under the key of the key file, bound to the id; the nonce is at the end.';

CREATE TABLE api_client (
    id uuid CONSTRAINT api_client_pkey PRIMARY KEY,
    municipality_id text REFERENCES municipality,
    revision bigint NOT NULL DEFAULT 1,
    name text NOT NULL CONSTRAINT api_client_name_check CHECK (char_length(name) BETWEEN 1 AND 100),
    role text CONSTRAINT api_client_role_check CHECK (role IN ('reader', 'contributor', 'coordinator', 'administrator')),
    scopes jsonb NOT NULL,
    keys jsonb,
    secret_hash text,
    secret_made_at timestamptz,
    previous_hash text,
    previous_until timestamptz,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT api_client_holder_check CHECK ((municipality_id IS NULL) = (role IS NULL))
);
COMMENT ON TABLE api_client IS 'Software that gets tokens from the built-in issuer. Without a municipality it is the operator''s.';
COMMENT ON COLUMN api_client.scopes IS 'What it may at most; never more than its role gives.';
COMMENT ON COLUMN api_client.keys IS 'A JWK set of public keys, for private_key_jwt (RFC 7523).';
COMMENT ON COLUMN api_client.secret_hash IS 'argon2id; the application role can write it and not read it.';
COMMENT ON COLUMN api_client.previous_hash IS 'The secret before, good until previous_until.';
CREATE INDEX api_client_municipality_id_idx ON api_client (municipality_id, id DESC);
CREATE INDEX api_client_revoked_at_idx ON api_client (revoked_at) WHERE revoked_at IS NOT NULL;

-- The application role cannot read a hash, so it cannot move one either.
CREATE FUNCTION api_client_secret_before() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.previous_hash := OLD.secret_hash;
    RETURN NEW;
END
$$;
CREATE TRIGGER api_client_secret_before BEFORE UPDATE OF secret_hash ON api_client
    FOR EACH ROW EXECUTE FUNCTION api_client_secret_before();

CREATE TABLE client_assertion (
    client_id uuid NOT NULL REFERENCES api_client,
    jti text NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT client_assertion_pkey PRIMARY KEY (client_id, jti)
);
COMMENT ON TABLE client_assertion IS 'Assertions that were used, until they expire: each is good once (RFC 7523 §3).';

ALTER TABLE signing_key ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE api_client ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE client_assertion ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY system_keeps ON signing_key TO glomma_system USING (true) WITH CHECK (true);
CREATE POLICY system_keeps ON client_assertion TO glomma_system USING (true) WITH CHECK (true);
CREATE POLICY system_keeps ON api_client TO glomma_system USING (true) WITH CHECK (true);
CREATE POLICY own ON api_client TO glomma_app
    USING (municipality_id = app_municipality()) WITH CHECK (municipality_id = app_municipality());
GRANT SELECT, INSERT, DELETE ON signing_key, client_assertion TO glomma_system;
GRANT SELECT, INSERT, UPDATE ON api_client TO glomma_system;
GRANT SELECT (id, municipality_id, revision, name, role, scopes, keys, secret_made_at, previous_until, created_at, last_used_at, revoked_at),
    INSERT, UPDATE (revision, name, role, scopes, keys, secret_hash, secret_made_at, previous_until, revoked_at) ON api_client TO glomma_app;

-- The operator of the platform works as the service itself.
CREATE POLICY system_keeps ON municipality TO glomma_system USING (true) WITH CHECK (true);
CREATE POLICY system_keeps ON municipality_number TO glomma_system USING (true) WITH CHECK (true);
CREATE POLICY system_keeps ON region TO glomma_system USING (true) WITH CHECK (true);
CREATE POLICY system_keeps ON region_member TO glomma_system USING (true) WITH CHECK (true);
GRANT INSERT, UPDATE (name, latitude, longitude) ON municipality TO glomma_system;
GRANT INSERT, DELETE ON municipality_number, region_member TO glomma_system;
GRANT INSERT, UPDATE (name) ON region TO glomma_system;

ALTER TABLE municipality_number ADD COLUMN former_name text
    CONSTRAINT municipality_number_former_name_check CHECK (char_length(former_name) BETWEEN 1 AND 100);
COMMENT ON COLUMN municipality_number.former_name IS 'The municipality that had the number, when it became part of this one: Rygge, of Moss.';
INSERT INTO municipality_number (municipality_id, number, valid_to, former_name)
    SELECT id, '0136', '2019-12-31', 'Rygge' FROM municipality WHERE id = '920817521' ON CONFLICT DO NOTHING;

-- The operator moves members as glomma_system, which may neither lock publications nor tell of them.
-- What it names must not be found in a schema that somebody else can write.
ALTER FUNCTION region_member_sight() SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp;
DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); END $$;
