DROP TABLE rehearsal.kominn_item;
DROP TABLE rehearsal.kominn_link;
DROP SCHEMA rehearsal;
ALTER TABLE kominn_item DROP COLUMN deleted;
