-- What a report of a period looks for.
CREATE INDEX publication_first_published_idx ON publication (first_published_at);
CREATE INDEX imitation_imitated_idx ON imitation (imitated_at);
