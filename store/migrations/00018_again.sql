-- What each person got of an edition, so that it can be sent to one of them again.

-- +goose Up

-- The key of the message that was made; empty where none was, or before this was kept.
ALTER TABLE deliveries ADD COLUMN group_key TEXT NOT NULL DEFAULT '';
-- The articles that a message tells of: ids as JSON.
ALTER TABLE edition_messages ADD COLUMN articles TEXT NOT NULL DEFAULT '[]';
