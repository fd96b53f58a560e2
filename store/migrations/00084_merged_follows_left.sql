-- Who has left the author whom a merged one brought them to is given nothing back when
-- the two are parted.

-- +goose Up
DELETE FROM merged_follows WHERE NOT EXISTS (SELECT 1 FROM author_aliases l JOIN follows f ON f.kind = 'author' AND f.slug = l.author
    WHERE l.slug = merged_follows.slug AND f.newsletter = merged_follows.newsletter AND f.subscriber_id = merged_follows.subscriber_id);
