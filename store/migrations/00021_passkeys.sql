-- Passkeys, with which members sign in without a mail.

-- +goose Up
CREATE TABLE passkeys (
    id            TEXT PRIMARY KEY, -- the credential's, in base64url
    subscriber_id TEXT NOT NULL REFERENCES subscribers (id),
    name          TEXT NOT NULL,    -- as the member calls it
    doc           TEXT NOT NULL,    -- its public key and what else proves it: JSON
    created       BIGINT NOT NULL,
    used          BIGINT NOT NULL   -- when it last signed in; 0: never
);
CREATE INDEX passkeys_subscriber ON passkeys (subscriber_id);

-- What was asked of a passkey and has been answered: nobody answers it again. It
-- is kept for as long as the question would stand.
CREATE TABLE answered (
    question TEXT PRIMARY KEY, -- its hash
    at       BIGINT NOT NULL
);
CREATE INDEX answered_at ON answered (at);
