-- Who may work at the admin's desk.

-- +goose Up
CREATE TABLE users (
    subscriber_id TEXT PRIMARY KEY REFERENCES subscribers (id), -- with whose address and passkeys they sign in
    role          TEXT NOT NULL,   -- owner, editor, viewer
    added         BIGINT NOT NULL,
    added_by      TEXT NOT NULL
);
