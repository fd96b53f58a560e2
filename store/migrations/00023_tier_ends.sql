-- Until when a person's tier counts.

-- +goose Up
ALTER TABLE subscribers ADD COLUMN tier_until BIGINT NOT NULL DEFAULT 0; -- the instant from which it is free; 0: it has no end
