-- What those who run a publication are told of, when it begins and when it is over.

-- +goose Up
CREATE TABLE troubles (
    id     TEXT PRIMARY KEY,
    kind   TEXT NOT NULL,             -- held, late, relay, source
    ref    TEXT NOT NULL,             -- an edition's id, a schedule's newsletter/name, or a relay's or source's name
    since  BIGINT NOT NULL,
    ended  BIGINT NOT NULL DEFAULT 0, -- when it was over; 0: it is not
    detail TEXT NOT NULL              -- why, in English or somebody else's words; may be empty
);
CREATE UNIQUE INDEX troubles_open ON troubles (kind, ref) WHERE ended = 0;
CREATE INDEX troubles_ended ON troubles (ended);

-- Who is to be told of each, and has been.
CREATE TABLE trouble_notices (
    trouble_id TEXT NOT NULL REFERENCES troubles (id),
    whom       TEXT NOT NULL,             -- id of a user of the desk, or an address of mail.admins
    begun      BIGINT NOT NULL DEFAULT 0, -- when they were told that it began; 0: not yet
    ended      BIGINT NOT NULL DEFAULT 0, -- likewise that it was over
    PRIMARY KEY (trouble_id, whom)
);
CREATE INDEX trouble_notices_whom ON trouble_notices (whom);

-- Which relays take no mail, as each node has found.
CREATE TABLE relays_down (
    relay  TEXT NOT NULL,
    node   TEXT NOT NULL,
    since  BIGINT NOT NULL,
    reason TEXT NOT NULL, -- what was last seen of it
    PRIMARY KEY (relay, node)
);
