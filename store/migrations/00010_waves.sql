-- Editions that go out at a time of each reader's own zone, in waves around the
-- world.

-- +goose Up
ALTER TABLE editions ADD COLUMN waves BIGINT NOT NULL DEFAULT 0;         -- 1 where it goes out so
ALTER TABLE editions ADD COLUMN waved BIGINT NOT NULL DEFAULT 0;         -- up to which instant its waves have begun
ALTER TABLE edition_ranges ADD COLUMN zones TEXT NOT NULL DEFAULT 'null'; -- those of its wave, as JSON; null: everybody's
