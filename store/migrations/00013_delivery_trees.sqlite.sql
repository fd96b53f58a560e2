-- A delivery is written while its person's message is under way, and each
-- conversation writes at a place of its own: so one tree in the order of people,
-- and one whose end all share.

-- +goose Up

CREATE TABLE new_deliveries (
    edition_id    TEXT NOT NULL,
    subscriber_id TEXT NOT NULL,
    newsletter    TEXT NOT NULL,
    email         TEXT NOT NULL,
    state         TEXT NOT NULL,
    reason        TEXT NOT NULL,
    code          BIGINT NOT NULL,
    enhanced      TEXT NOT NULL,
    reply         TEXT NOT NULL,
    relay         TEXT NOT NULL,
    message_id    TEXT NOT NULL,
    attempts      BIGINT NOT NULL,
    asides        BIGINT NOT NULL DEFAULT 0,
    at            BIGINT NOT NULL,
    next_at       BIGINT NOT NULL,
    owner         TEXT NOT NULL DEFAULT '', -- who is trying a deferred one again,
    lease         BIGINT NOT NULL DEFAULT 0, -- until when
    PRIMARY KEY (subscriber_id, edition_id)
);
INSERT INTO new_deliveries (edition_id, subscriber_id, newsletter, email, state, reason, code, enhanced, reply, relay, message_id, attempts, asides, at, next_at, owner, lease)
    SELECT edition_id, subscriber_id, newsletter, email, state, reason, code, enhanced, reply, relay, message_id, attempts, asides, at, next_at, owner, lease FROM deliveries ORDER BY edition_id, at;
DROP TABLE deliveries;
ALTER TABLE new_deliveries RENAME TO deliveries;
CREATE INDEX deliveries_edition ON deliveries (edition_id);
CREATE INDEX deliveries_open ON deliveries (next_at) WHERE state = 'deferred';
CREATE INDEX deliveries_deferred ON deliveries (edition_id) WHERE state = 'deferred';
CREATE INDEX deliveries_waiting ON deliveries (subscriber_id) WHERE state = 'deferred';
