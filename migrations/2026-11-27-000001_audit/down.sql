DROP TABLE audit_entry;
DROP TABLE audit_head;
DROP FUNCTION audit_head_grows;
DROP TABLE audit_pending;
