REVOKE INSERT ON imitation FROM glomma_system;
DROP POLICY system_draws_outside ON imitation;
CREATE OR REPLACE FUNCTION imitation_before_publication() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM publication WHERE id = NEW.project_id) THEN
        RAISE EXCEPTION 'the origin of a project is settled before it is published'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'imitation_before_publication';
    END IF;
    RETURN NEW;
END
$$;
DROP TABLE kominn_step;
DROP TABLE kominn_run;
DROP TABLE kominn_item;
DROP TABLE kominn_link;
DROP TABLE kominn_consent;
DROP TABLE kominn_target;
ALTER TABLE publication DROP COLUMN external;
