DROP TABLE imitation;
DROP FUNCTION imitation_before_publication;
