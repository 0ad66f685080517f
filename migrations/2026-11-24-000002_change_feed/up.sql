-- FORCE binds the owner too, who has no policy on what happened before.
ALTER TABLE change NO FORCE ROW LEVEL SECURITY;

ALTER TABLE change
    ADD COLUMN audience_before text CONSTRAINT change_audience_before_check CHECK (audience_before IN ('region', 'public')),
    ADD COLUMN reader_id text REFERENCES municipality;
COMMENT ON COLUMN change.audience_before IS 'The audience before the fact; NULL when nobody else saw the publication: the first time, and again after a withdrawal.';
COMMENT ON COLUMN change.reader_id IS 'The one municipality that the entry is for, when what it may see changed; NULL when the publication itself did.';

-- The changes of one publication were made one after the other, so here, and only here, the order of writing is that of the facts.
UPDATE change SET audience_before = told.before
FROM (SELECT id, lag(audience) OVER (PARTITION BY publication_id ORDER BY id) AS before FROM change) AS told
WHERE change.id = told.id AND change.kind <> 'published';

ALTER TABLE change DROP CONSTRAINT change_kind_check;
ALTER TABLE change
    ADD CONSTRAINT change_kind_check CHECK (kind IN
        ('published', 'version_published', 'audience_changed', 'withdrawn', 'sight_gained', 'sight_lost')),
    ADD CONSTRAINT change_reader_check CHECK ((reader_id IS NOT NULL) = (kind IN ('sight_gained', 'sight_lost')));

CREATE TABLE change_log (
    single boolean CONSTRAINT change_log_pkey PRIMARY KEY DEFAULT true CONSTRAINT change_log_single_check CHECK (single),
    head bigint NOT NULL,
    compacted_through bigint NOT NULL DEFAULT 0,
    CONSTRAINT change_log_order_check CHECK (compacted_through BETWEEN 0 AND head)
);
COMMENT ON TABLE change_log IS 'How far the change log reaches, in one row.';
COMMENT ON COLUMN change_log.single IS 'Allows one row.';
COMMENT ON COLUMN change_log.head IS 'The last position that was given. Kept apart from the entries, which compaction may drop, and which a reader may not see.';
COMMENT ON COLUMN change_log.compacted_through IS 'Entries up to this position are dropped: who follows from before it must start over.';
INSERT INTO change_log (head) SELECT coalesce(max(position), 0) FROM change;

ALTER TABLE change FORCE ROW LEVEL SECURITY;
ALTER TABLE change_log ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY everybody_reads ON change_log FOR SELECT USING (true);
CREATE POLICY system_moves ON change_log FOR UPDATE TO glomma_system USING (true) WITH CHECK (true);
GRANT SELECT ON change_log TO glomma_app, glomma_system;
GRANT UPDATE (head, compacted_through) ON change_log TO glomma_system;

-- Read by whoever saw the publication before the fact or sees it after. The same rule as for the publication itself.
CREATE POLICY visible ON change FOR SELECT TO glomma_app USING (
    position IS NOT NULL AND (
        reader_id = app_municipality()
        OR reader_id IS NULL AND (
            audience = 'public'
            OR audience_before = 'public'
            OR municipality_id = app_municipality()
            OR municipality_id IN (
                SELECT theirs.municipality_id
                FROM region_member AS mine JOIN region_member AS theirs USING (region_slug)
                WHERE mine.municipality_id = app_municipality()))));
ALTER POLICY own_insert ON change WITH CHECK (municipality_id = app_municipality() AND reader_id IS NULL);
CREATE POLICY system_compacts ON change FOR DELETE TO glomma_system USING (true);
GRANT SELECT (position, kind, publication_id, municipality_id, audience, audience_before, reader_id, occurred_at)
    ON change TO glomma_app;
GRANT DELETE ON change TO glomma_system;

-- Who changes the members of regions tells those whose sight that changes: the owner, by these, or a superuser.
CREATE POLICY owner_reads ON publication FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY owner_tells ON change FOR INSERT TO CURRENT_USER WITH CHECK (reader_id IS NOT NULL);

-- One entry for each publication and each reader who gains or loses sight of it. Publishing waits meanwhile, and so does another change of members: otherwise each could miss what the other is about to commit.
-- A withdrawn publication counts when sight is lost, because its withdrawal may not have been read yet.
CREATE FUNCTION region_member_sight() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE publication IN SHARE ROW EXCLUSIVE MODE;
    INSERT INTO change (kind, publication_id, municipality_id, version, audience, audience_before, reader_id, occurred_at)
    WITH wider AS (
        SELECT region_slug, municipality_id FROM region_member
        UNION SELECT region_slug, municipality_id FROM moved),
    narrower AS (
        SELECT region_slug, municipality_id FROM region_member
        EXCEPT SELECT region_slug, municipality_id FROM moved),
    met AS (
        SELECT moved.municipality_id AS one, wider.municipality_id AS other
        FROM moved JOIN wider USING (region_slug) WHERE moved.municipality_id <> wider.municipality_id),
    flipped (owner, reader) AS (
        SELECT one, other FROM met
        UNION SELECT other, one FROM met
        EXCEPT SELECT mine.municipality_id, theirs.municipality_id
            FROM narrower AS mine JOIN narrower AS theirs USING (region_slug))
    SELECT CASE TG_OP WHEN 'INSERT' THEN 'sight_gained' ELSE 'sight_lost' END, publication.id,
        publication.municipality_id, publication.version, publication.audience,
        CASE TG_OP WHEN 'DELETE' THEN publication.audience END, flipped.reader, now()
    FROM flipped JOIN publication ON publication.municipality_id = flipped.owner
    WHERE publication.audience = 'region' AND (TG_OP = 'DELETE' OR publication.withdrawn_at IS NULL)
    ORDER BY publication.id, flipped.reader;
    RETURN NULL;
END
$$;
CREATE TRIGGER region_member_joined AFTER INSERT ON region_member REFERENCING NEW TABLE AS moved
    FOR EACH STATEMENT EXECUTE FUNCTION region_member_sight();
CREATE TRIGGER region_member_left AFTER DELETE ON region_member REFERENCING OLD TABLE AS moved
    FOR EACH STATEMENT EXECUTE FUNCTION region_member_sight();

CREATE FUNCTION region_member_is_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'members of regions are deleted and inserted, so that those concerned are told'
        USING ERRCODE = 'feature_not_supported';
END
$$;
CREATE TRIGGER region_member_is_key BEFORE UPDATE OR TRUNCATE ON region_member
    FOR EACH STATEMENT EXECUTE FUNCTION region_member_is_key();
