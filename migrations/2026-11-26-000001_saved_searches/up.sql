CREATE TABLE saved_search (
    id uuid CONSTRAINT saved_search_pkey PRIMARY KEY,
    municipality_id text NOT NULL REFERENCES municipality,
    revision bigint NOT NULL DEFAULT 1,
    content jsonb NOT NULL,
    public boolean NOT NULL GENERATED ALWAYS AS ((content ->> 'public')::boolean) STORED,
    created_at timestamptz NOT NULL
);
COMMENT ON TABLE saved_search IS 'What a municipality keeps looking for.';
COMMENT ON COLUMN saved_search.revision IS 'Counts changes: the entity tag.';
COMMENT ON COLUMN saved_search.content IS 'Title and criteria; the shape is SearchRequest in src/searches/model.rs.';
COMMENT ON COLUMN saved_search.public IS 'Whether everybody who knows the id may read it, and follow its feed.';

CREATE INDEX saved_search_municipality_idx ON saved_search (municipality_id, id DESC);

ALTER TABLE saved_search ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY visible ON saved_search FOR SELECT TO glomma_app USING (public OR municipality_id = app_municipality());
CREATE POLICY own_insert ON saved_search FOR INSERT TO glomma_app WITH CHECK (municipality_id = app_municipality());
CREATE POLICY own_update ON saved_search FOR UPDATE TO glomma_app
    USING (municipality_id = app_municipality()) WITH CHECK (municipality_id = app_municipality());
CREATE POLICY own_delete ON saved_search FOR DELETE TO glomma_app USING (municipality_id = app_municipality());
GRANT SELECT, INSERT, DELETE, UPDATE (revision, content) ON saved_search TO glomma_app;
