DROP TABLE change;
DROP FUNCTION change_notify;
