CREATE TABLE project (
    id uuid CONSTRAINT project_pkey PRIMARY KEY,
    municipality_id text NOT NULL REFERENCES municipality,
    revision bigint NOT NULL DEFAULT 1,
    content jsonb NOT NULL,
    title text NOT NULL GENERATED ALWAYS AS (content ->> 'title') STORED
        CONSTRAINT project_title_check CHECK (char_length(title) BETWEEN 3 AND 200),
    phase text NOT NULL GENERATED ALWAYS AS (content ->> 'phase') STORED
        CONSTRAINT project_phase_check CHECK (phase IN ('idea', 'explored', 'piloted', 'in_use', 'evaluated', 'discontinued')),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT project_owner_key UNIQUE (id, municipality_id)
);
COMMENT ON TABLE project IS 'A municipality''s own working copies. Private to it, drafts and edits included.';
COMMENT ON COLUMN project.revision IS 'Counts changes: the entity tag.';
COMMENT ON COLUMN project.content IS 'What the municipality wrote; the shape is Content in src/projects/content.rs.';

CREATE INDEX project_updated_idx ON project (municipality_id, updated_at DESC, id DESC);
CREATE INDEX project_created_idx ON project (municipality_id, created_at DESC, id DESC);
CREATE INDEX project_title_idx ON project (municipality_id, title, id);

ALTER TABLE project ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON project TO glomma_app
    USING (municipality_id = app_municipality()) WITH CHECK (municipality_id = app_municipality());
GRANT SELECT, INSERT, DELETE, UPDATE (revision, content, updated_at) ON project TO glomma_app;
