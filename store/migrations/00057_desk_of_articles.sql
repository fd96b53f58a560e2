-- What the desk decides about authors and issues.

-- +goose Up
ALTER TABLE author_aliases ADD COLUMN who TEXT NOT NULL DEFAULT ''; -- decided it at the desk; empty: the author's own file says so
ALTER TABLE author_aliases ADD COLUMN at BIGINT NOT NULL DEFAULT 0;

-- Who followed an author that the desk has made another's alias, so that they can be
-- parted again.
CREATE TABLE merged_follows (
    slug          TEXT NOT NULL,   -- of that author
    newsletter    TEXT NOT NULL,
    subscriber_id TEXT NOT NULL,
    also          BIGINT NOT NULL, -- 1 where they followed the other one, too
    PRIMARY KEY (slug, newsletter, subscriber_id)
);
CREATE INDEX merged_follows_subscriber ON merged_follows (subscriber_id);

-- The order of an issue's contents where its file has none: slugs as JSON.
ALTER TABLE issues ADD COLUMN ordered TEXT NOT NULL DEFAULT '';
