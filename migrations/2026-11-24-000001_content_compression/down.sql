ALTER TABLE publication_version ALTER COLUMN content SET COMPRESSION default;
ALTER TABLE project ALTER COLUMN content SET COMPRESSION default;
