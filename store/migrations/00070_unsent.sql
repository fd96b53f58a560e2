-- The deliveries of an edition that did not leave are few among those that did, and
-- are listed by their states.

-- +goose Up
CREATE INDEX deliveries_unsent ON deliveries (edition_id, state, subscriber_id) WHERE state <> 'sent';
