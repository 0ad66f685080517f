ALTER TABLE municipality
    ADD COLUMN latitude double precision CONSTRAINT municipality_latitude_check CHECK (latitude BETWEEN -90 AND 90),
    ADD COLUMN longitude double precision CONSTRAINT municipality_longitude_check CHECK (longitude BETWEEN -180 AND 180),
    ADD CONSTRAINT municipality_seat_check CHECK ((latitude IS NULL) = (longitude IS NULL));
COMMENT ON COLUMN municipality.latitude IS 'Of the administrative centre, WGS 84 degrees, exact to about a kilometre: for maps of many.';
COMMENT ON COLUMN municipality.longitude IS 'As the latitude.';
