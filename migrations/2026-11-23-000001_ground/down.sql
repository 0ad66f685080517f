-- The roles stay: they belong to the cluster, and other databases may use them.
REVOKE SELECT ON __diesel_schema_migrations FROM glomma_system;
DROP TABLE secret, vocabulary_term, region_member, region, municipality_number, municipality;
DROP FUNCTION app_municipality;
