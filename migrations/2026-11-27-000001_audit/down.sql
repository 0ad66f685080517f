DROP TABLE audit_entry;
DROP TABLE audit_head;
DROP TABLE audit_pending;
