ALTER TABLE municipality
    DROP CONSTRAINT municipality_seat_check,
    DROP COLUMN longitude,
    DROP COLUMN latitude;
