CREATE TABLE image (
    id uuid CONSTRAINT image_pkey PRIMARY KEY,
    municipality_id text NOT NULL REFERENCES municipality,
    media_type text NOT NULL CONSTRAINT image_media_type_check CHECK (media_type IN ('image/png', 'image/jpeg', 'image/gif')),
    bytes bytea NOT NULL CONSTRAINT image_bytes_check CHECK (octet_length(bytes) BETWEEN 1 AND 1500000),
    created_at timestamptz NOT NULL
);
COMMENT ON TABLE image IS 'Pictures of projects: immutable, so that a version shows for ever what it showed.';
CREATE INDEX image_municipality_id_idx ON image (municipality_id);
-- Compressed already.
ALTER TABLE image ALTER COLUMN bytes SET STORAGE EXTERNAL;

ALTER TABLE publication_version ADD COLUMN image_id text GENERATED ALWAYS AS (content -> 'image' ->> 'id') STORED;
CREATE INDEX publication_version_image_id_idx ON publication_version (image_id) WHERE image_id IS NOT NULL;

ALTER TABLE image ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- A picture is seen by whoever sees a version with it.
CREATE POLICY visible ON image FOR SELECT TO glomma_app USING (
    municipality_id = app_municipality()
    OR EXISTS (SELECT FROM publication_version AS shown
        WHERE shown.image_id = image.id::text AND shown.municipality_id = image.municipality_id));
CREATE POLICY own_insert ON image FOR INSERT TO glomma_app WITH CHECK (municipality_id = app_municipality());
GRANT SELECT, INSERT ON image TO glomma_app;
