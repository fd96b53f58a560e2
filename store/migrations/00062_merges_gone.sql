-- Who followed an alias that a file has taken over, or that is none any more, is not
-- needed: it cannot be parted.

-- +goose Up
DELETE FROM merged_follows WHERE slug NOT IN (SELECT slug FROM author_aliases WHERE who <> '');
