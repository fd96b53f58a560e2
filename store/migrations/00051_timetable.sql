-- Schedules that are made at the desk, and dates on which nothing goes out.

-- +goose Up
CREATE TABLE timetable (version BIGINT NOT NULL); -- one row: grows with every change of the two below
INSERT INTO timetable (version) VALUES (0);

CREATE TABLE desk_schedules (
    newsletter TEXT NOT NULL,
    name       TEXT NOT NULL,
    title      TEXT NOT NULL,   -- for readers
    every      TEXT NOT NULL,   -- this, or
    cron       TEXT NOT NULL,   -- this, as in the configuration
    timezone   TEXT NOT NULL,
    local      BIGINT NOT NULL, -- 1: its times are those of each reader's own zone
    version    BIGINT NOT NULL, -- the timetable's when it was last changed
    made       BIGINT NOT NULL,
    PRIMARY KEY (newsletter, name)
);

CREATE TABLE blackouts (
    id         TEXT PRIMARY KEY,
    newsletter TEXT NOT NULL,   -- empty: all
    schedule   TEXT NOT NULL,   -- empty: all of the newsletter's
    first_date TEXT NOT NULL,   -- as the configuration writes it
    last_date  TEXT NOT NULL,   -- empty: the first is the only one
    outcome    TEXT NOT NULL,   -- drop, move
    title      TEXT NOT NULL,
    made       BIGINT NOT NULL
);
