-- What people decide about schedules and editions, and when the scheduler has
-- to look at what.

-- +goose Up

-- The instants at which something comes due: one index for all of it.
CREATE TABLE alarms (
    kind TEXT NOT NULL,   -- schedule, edition, issue
    ref  TEXT NOT NULL,   -- newsletter/name, an id, or a volume and number as JSON
    at   BIGINT NOT NULL,
    PRIMARY KEY (kind, ref)
);
CREATE INDEX alarms_at ON alarms (at);

ALTER TABLE schedules ADD COLUMN paused_until BIGINT NOT NULL DEFAULT 0; -- 0: it is not paused
ALTER TABLE schedules ADD COLUMN paused_by TEXT NOT NULL DEFAULT '';

-- What was done by whom, kept as proof.
CREATE TABLE acts (
    id         TEXT PRIMARY KEY,
    at         BIGINT NOT NULL,
    who        TEXT NOT NULL,
    what       TEXT NOT NULL, -- skip, run, pause, resume; approve, release, drop, note
    newsletter TEXT NOT NULL, -- empty: all
    schedule   TEXT NOT NULL, -- empty: all, or none
    edition_id TEXT NOT NULL, -- empty: none
    detail     TEXT NOT NULL  -- in plain words
);
CREATE INDEX acts_at ON acts (at);
CREATE INDEX acts_edition ON acts (edition_id);

ALTER TABLE editions ADD COLUMN note TEXT NOT NULL DEFAULT '';     -- the editor's, printed above the articles
ALTER TABLE editions ADD COLUMN starts BIGINT NOT NULL DEFAULT 0;  -- of a waiting one: when it goes out, or is held
ALTER TABLE editions ADD COLUMN drafted BIGINT NOT NULL DEFAULT 0; -- likewise: when its draft was mailed to the editors
ALTER TABLE editions ADD COLUMN approved TEXT NOT NULL DEFAULT ''; -- by whom
ALTER TABLE editions ADD COLUMN issue TEXT NOT NULL DEFAULT '';    -- whose contents it tells, as it prints it: JSON
ALTER TABLE editions ADD COLUMN corrects TEXT NOT NULL DEFAULT ''; -- the edition that it corrects
ALTER TABLE edition_articles ADD COLUMN place BIGINT NOT NULL DEFAULT 0; -- in the issue's contents, from 1; 0: by number
CREATE INDEX editions_newsletter ON editions (newsletter, created);
