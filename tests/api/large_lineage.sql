-- Ten thousand publications: a chain of 200 generations, each with fifty imitations of which the first goes on. Needs a
-- superuser, and any version to take the content from.
SET session_replication_role = replica;
CREATE TEMP TABLE made AS
    SELECT md5(generation || '-' || nth)::uuid AS id, generation, nth,
        (ARRAY['940039541', '938801363', '964947082', '940802652'])[1 + (generation + nth) % 4] AS owner
    FROM generate_series(0, 199) AS generation, generate_series(1, 50) AS nth;
INSERT INTO project (id, municipality_id, content, created_at, updated_at)
    SELECT made.id, owner, content, now(), now() FROM made, (SELECT content FROM publication_version LIMIT 1) AS any_version;
INSERT INTO publication (id, municipality_id, audience, version, shown_from, project_revision, first_published_at, published_at)
    SELECT id, owner, 'public', 1, 1, 1, now(), now() FROM made;
INSERT INTO publication_version (publication_id, version, municipality_id, content, published_at)
    SELECT made.id, 1, owner, content, now() FROM made, (SELECT content FROM publication_version LIMIT 1) AS any_version;
INSERT INTO imitation (project_id, parent_id, parent_version, parent_municipality_id, municipality_id, rank, mode, intent,
        reason, imitated_at)
    SELECT child.id, parent.id, 1, parent.owner, child.owner, 0, 'copied', 'will_do', 'x', now()
    FROM made AS child JOIN made AS parent ON parent.generation = child.generation - 1 AND parent.nth = 1;
ANALYZE;
