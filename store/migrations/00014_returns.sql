-- What comes back of what was sent.

-- +goose Up

-- A message that came back and is about one of ours, once however often it comes.
CREATE TABLE returns (
    id            TEXT PRIMARY KEY,
    key           TEXT NOT NULL UNIQUE, -- the same each time that the same one comes
    at            BIGINT NOT NULL,
    via           TEXT NOT NULL,
    kind          TEXT NOT NULL,
    class         TEXT NOT NULL,
    email         TEXT NOT NULL, -- that the message was sent to
    status        TEXT NOT NULL,
    code          BIGINT NOT NULL,
    diagnostic    TEXT NOT NULL,
    edition_id    TEXT NOT NULL, -- empty: it was not an edition's
    newsletter    TEXT NOT NULL,
    subscriber_id TEXT NOT NULL,
    effect        TEXT NOT NULL, -- what was done
    detail        TEXT NOT NULL
);
CREATE INDEX returns_at ON returns (at);
CREATE INDEX returns_subscriber ON returns (subscriber_id, edition_id);

-- What came back and was about none of ours, or claimed to be, by day and way.
CREATE TABLE returns_refused (
    day    TEXT NOT NULL, -- in UTC
    via    TEXT NOT NULL,
    reason TEXT NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (day, via, reason)
);
