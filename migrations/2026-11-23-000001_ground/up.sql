-- The two roles of the service. Neither owns a table, is a superuser or bypasses row level security; a
-- transaction takes one on for its duration, so whoever logs in must be a member of both.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'glomma_app') THEN
        CREATE ROLE glomma_app NOLOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'glomma_system') THEN
        CREATE ROLE glomma_system NOLOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL; -- another database of the same cluster made them in the same moment
END
$$;
-- Whoever migrates may also serve: one address is enough for a small installation.
GRANT glomma_app, glomma_system TO CURRENT_USER;

CREATE FUNCTION app_municipality() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('app.municipality_id', true), '');
COMMENT ON FUNCTION app_municipality IS 'The municipality whose transaction this is; NULL for an anonymous reader and for the service itself.';

CREATE TABLE municipality (
    id text CONSTRAINT municipality_pkey PRIMARY KEY CONSTRAINT municipality_id_check CHECK (id ~ '^[0-9]{9}$'),
    name text NOT NULL CONSTRAINT municipality_name_check CHECK (char_length(name) BETWEEN 1 AND 100)
);
COMMENT ON TABLE municipality IS 'The tenants.';
COMMENT ON COLUMN municipality.id IS 'Organisation number. It stays when the municipality number changes.';

CREATE TABLE municipality_number (
    municipality_id text NOT NULL REFERENCES municipality,
    number text NOT NULL CONSTRAINT municipality_number_check CHECK (number ~ '^[0-9]{4}$'),
    valid_from date,
    valid_to date,
    CONSTRAINT municipality_number_pkey PRIMARY KEY (municipality_id, number)
);
COMMENT ON TABLE municipality_number IS 'Municipality numbers through the reforms of 2020 and 2024; an open end is NULL.';

CREATE TABLE region (
    slug text CONSTRAINT region_pkey PRIMARY KEY CONSTRAINT region_slug_check CHECK (slug ~ '^[a-z0-9-]{1,50}$'),
    name text NOT NULL
);
COMMENT ON TABLE region IS 'Groups of municipalities that see each other''s regional publications.';

CREATE TABLE region_member (
    region_slug text NOT NULL REFERENCES region,
    municipality_id text NOT NULL REFERENCES municipality,
    CONSTRAINT region_member_pkey PRIMARY KEY (region_slug, municipality_id)
);
CREATE INDEX region_member_municipality_id_idx ON region_member (municipality_id);
COMMENT ON TABLE region_member IS 'Who belongs to which region. Sources disagree, so they are rows.';

CREATE TABLE vocabulary_term (
    vocabulary text NOT NULL,
    code text NOT NULL,
    rank integer NOT NULL,
    nb text NOT NULL,
    nn text NOT NULL,
    en text NOT NULL,
    valid_from date,
    valid_to date,
    CONSTRAINT vocabulary_term_pkey PRIMARY KEY (vocabulary, code)
);
COMMENT ON TABLE vocabulary_term IS 'The strategy''s closed vocabularies, with periods of validity because the strategy is revised.';
COMMENT ON COLUMN vocabulary_term.rank IS 'The order in which terms are shown.';

CREATE TABLE secret (
    name text CONSTRAINT secret_pkey PRIMARY KEY,
    value bytea NOT NULL
);
COMMENT ON TABLE secret IS 'Keys that every node shares. Not readable by the application role.';
INSERT INTO secret VALUES ('cursor', decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));

ALTER TABLE municipality ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE municipality_number ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE region ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE region_member ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE vocabulary_term ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE secret ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY everybody_reads ON municipality FOR SELECT USING (true);
CREATE POLICY everybody_reads ON municipality_number FOR SELECT USING (true);
CREATE POLICY everybody_reads ON region FOR SELECT USING (true);
CREATE POLICY everybody_reads ON region_member FOR SELECT USING (true);
CREATE POLICY everybody_reads ON vocabulary_term FOR SELECT USING (true);
CREATE POLICY system_reads ON secret FOR SELECT TO glomma_system USING (true);
-- FORCE binds the owner too; the owner is who migrates and seeds.
CREATE POLICY owner_writes ON municipality TO CURRENT_USER USING (true);
CREATE POLICY owner_writes ON municipality_number TO CURRENT_USER USING (true);
CREATE POLICY owner_writes ON region TO CURRENT_USER USING (true);
CREATE POLICY owner_writes ON region_member TO CURRENT_USER USING (true);
CREATE POLICY owner_writes ON vocabulary_term TO CURRENT_USER USING (true);

GRANT SELECT ON municipality, municipality_number, region, region_member, vocabulary_term TO glomma_app, glomma_system;
GRANT SELECT ON secret TO glomma_system;
GRANT SELECT ON __diesel_schema_migrations TO glomma_system;
