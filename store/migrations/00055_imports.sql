-- Lists of people that are brought in at the desk.

-- +goose Up
CREATE TABLE imports (
    id       TEXT PRIMARY KEY,
    name     TEXT NOT NULL,   -- of the file, as it came
    who      TEXT NOT NULL,   -- brought it
    state    TEXT NOT NULL,   -- coming, new, checking, checked, importing, done, undoing, undone, dropped
    created  BIGINT NOT NULL,
    changed  BIGINT NOT NULL, -- when it came into this state, or got on last
    bytes    BIGINT NOT NULL,
    lines    BIGINT NOT NULL,
    line     BIGINT NOT NULL, -- how far the present step is
    revision BIGINT NOT NULL, -- grows when somebody decides: a decision on what has changed since is none
    plan     TEXT NOT NULL,   -- how it is to be taken: JSON
    done     TEXT NOT NULL    -- what came of the present step so far: JSON
);
CREATE INDEX imports_created ON imports (created);

-- The list itself, until it has been taken.
CREATE TABLE import_parts (
    import_id TEXT NOT NULL,
    part      BIGINT NOT NULL,
    data      BYTEA NOT NULL,
    PRIMARY KEY (import_id, part)
);

-- Whom an import changed, for as long as it can be undone.
CREATE TABLE import_people (
    import_id     TEXT NOT NULL,
    subscriber_id TEXT NOT NULL,
    was           TEXT NOT NULL, -- how they stood before: JSON; empty: they are new by it
    became        TEXT NOT NULL, -- and after it
    PRIMARY KEY (import_id, subscriber_id)
);
CREATE INDEX import_people_subscriber ON import_people (subscriber_id);
