DROP TABLE rehearsal.kominn_item;
DROP TABLE rehearsal.kominn_link;
DROP SCHEMA rehearsal;
ALTER TABLE kominn_item DROP COLUMN deleted;
ALTER TABLE kominn_target DROP COLUMN highest_item;
