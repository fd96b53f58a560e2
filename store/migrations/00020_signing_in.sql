-- Signing in: what was asked for, and the browsers that are signed in.

-- +goose Up

-- One who asked to be signed in by mail. Known or not, both leave the same row.
CREATE TABLE signins (
    id            TEXT PRIMARY KEY,
    address       TEXT NOT NULL, -- keyed hash of the address that was typed
    subscriber_id TEXT NOT NULL, -- empty: nobody is mailed
    next          TEXT NOT NULL, -- path of the page that they wanted, or empty
    created       BIGINT NOT NULL,
    mailed        BIGINT NOT NULL,
    attempts      BIGINT NOT NULL, -- how often a code was typed
    used          BIGINT NOT NULL
);
CREATE INDEX signins_address ON signins (address, created);
CREATE INDEX signins_created ON signins (created);

-- A browser that is signed in. What it shows us is kept as a hash only.
CREATE TABLE sessions (
    id            TEXT PRIMARY KEY,
    hash          TEXT NOT NULL UNIQUE, -- of the cookie's value
    subscriber_id TEXT NOT NULL REFERENCES subscribers (id),
    way           TEXT NOT NULL, -- link, code, passkey
    browser       TEXT NOT NULL, -- as it names itself
    created       BIGINT NOT NULL,
    seen          BIGINT NOT NULL, -- to the hour
    expires       BIGINT NOT NULL
);
CREATE INDEX sessions_subscriber ON sessions (subscriber_id);
CREATE INDEX sessions_expires ON sessions (expires);
