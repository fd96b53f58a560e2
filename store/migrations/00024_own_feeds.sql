-- A person's own feeds.

-- +goose Up
ALTER TABLE subscribers ADD COLUMN feeds_replaced BIGINT NOT NULL DEFAULT 0; -- how often their address was replaced
