-- What members do with their accounts: another address, and why they leave.

-- +goose Up

-- A person's wish for another address. The new one confirms it, the old one is
-- told and may take it back.
CREATE TABLE address_changes (
    id            TEXT PRIMARY KEY,
    subscriber_id TEXT NOT NULL REFERENCES subscribers (id),
    old_email     TEXT NOT NULL,
    new_email     TEXT NOT NULL,
    created       BIGINT NOT NULL,
    asked         BIGINT NOT NULL, -- when the new address was mailed
    confirmed     BIGINT NOT NULL,
    told          BIGINT NOT NULL, -- when the old address was mailed
    undone        BIGINT NOT NULL
);
CREATE INDEX address_changes_subscriber ON address_changes (subscriber_id, created);

-- Why somebody left a newsletter, in their words.
CREATE TABLE leavings (
    newsletter    TEXT NOT NULL,
    subscriber_id TEXT NOT NULL,
    at            BIGINT NOT NULL,
    reason        TEXT NOT NULL,
    PRIMARY KEY (newsletter, subscriber_id)
);
CREATE INDEX leavings_subscriber ON leavings (subscriber_id);
CREATE INDEX leavings_at ON leavings (newsletter, at);
