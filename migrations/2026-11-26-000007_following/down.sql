DROP TABLE notified;
DROP TABLE notification;
DROP TABLE follow;
