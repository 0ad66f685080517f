DROP TABLE quota_window;
DROP TABLE idempotent_answer;
