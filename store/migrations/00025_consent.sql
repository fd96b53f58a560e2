-- What a person had read when they signed up.

-- +goose Up
CREATE TABLE form_texts (
    version TEXT PRIMARY KEY,
    text    TEXT NOT NULL,
    created BIGINT NOT NULL -- when somebody first signed up by it
);
ALTER TABLE signups ADD COLUMN form_version TEXT NOT NULL DEFAULT ''; -- of form_texts; empty: it was no form of ours
