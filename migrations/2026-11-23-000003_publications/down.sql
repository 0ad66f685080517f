DROP TABLE publication_version, publication;
