-- The desk counts who follows an author, and merges two, among all that people follow.

-- +goose Up
CREATE INDEX follows_author ON follows (slug, subscriber_id) WHERE kind = 'author';
