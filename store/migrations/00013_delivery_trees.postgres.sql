-- A delivery is written while its person's message is under way, and each
-- conversation writes at a place of its own: so one tree in the order of people,
-- and one whose end all share.

-- +goose Up

ALTER TABLE deliveries DROP CONSTRAINT deliveries_pkey;
ALTER TABLE deliveries ADD PRIMARY KEY (subscriber_id, edition_id);
DROP INDEX deliveries_subscriber;
CREATE INDEX deliveries_edition ON deliveries (edition_id);
