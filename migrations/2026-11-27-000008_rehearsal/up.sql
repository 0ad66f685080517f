ALTER TABLE kominn_target ADD COLUMN highest_item bigint;
COMMENT ON COLUMN kominn_target.highest_item IS 'The highest id that was there at the last sweep, 0 for none: what is above it is new, whenever it says that it was modified.';
ALTER TABLE kominn_item ADD COLUMN deleted boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN kominn_item.deleted IS 'It is not there any more, deleted or out of sight: once it is there again, it is read again.';

-- A dry run is the run itself, upon a copy of the ledger: tables of the same names, which its transactions find first
-- (src/platform/db/pool.rs). Emptied at the end of each, and before the next run of the same target.
CREATE SCHEMA rehearsal;
COMMENT ON SCHEMA rehearsal IS 'The ledger of dry runs while they run.';
CREATE UNLOGGED TABLE rehearsal.kominn_link (LIKE kominn_link INCLUDING DEFAULTS INCLUDING INDEXES);
COMMENT ON TABLE rehearsal.kominn_link IS 'kominn_link, as a dry run would leave it.';
CREATE UNLOGGED TABLE rehearsal.kominn_item (LIKE kominn_item INCLUDING DEFAULTS INCLUDING INDEXES);
COMMENT ON TABLE rehearsal.kominn_item IS 'kominn_item, as a dry run would leave it.';

ALTER TABLE rehearsal.kominn_link ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY system_keeps ON rehearsal.kominn_link TO glomma_system USING (true) WITH CHECK (true);
ALTER TABLE rehearsal.kominn_item ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY system_keeps ON rehearsal.kominn_item TO glomma_system USING (true) WITH CHECK (true);
CREATE POLICY sources_keep ON rehearsal.kominn_item TO glomma_app USING (app_municipality() < '1') WITH CHECK (app_municipality() < '1');

GRANT USAGE ON SCHEMA rehearsal TO glomma_app, glomma_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON rehearsal.kominn_link, rehearsal.kominn_item TO glomma_system;
GRANT SELECT, INSERT, UPDATE ON rehearsal.kominn_item TO glomma_app;
