DROP TABLE image;
ALTER TABLE publication_version DROP COLUMN image_id;
