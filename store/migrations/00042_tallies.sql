-- What became of an edition, counted: to count a million deliveries takes longer
-- than anybody waits for a page.

-- +goose Up
CREATE TABLE edition_tallies (
    edition_id TEXT PRIMARY KEY,
    at         BIGINT NOT NULL, -- when it was counted
    doc        TEXT NOT NULL    -- JSON
);
CREATE INDEX editions_created ON editions (created);
