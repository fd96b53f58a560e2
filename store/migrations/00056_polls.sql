-- Which programs read which feeds.

-- +goose Up
CREATE TABLE feed_polls (
    feed    TEXT NOT NULL,   -- its address below the site
    program TEXT NOT NULL,   -- as it names itself
    readers BIGINT NOT NULL, -- for so many it reads, as it says itself; 0: it does not say
    at      BIGINT NOT NULL, -- when it last asked
    PRIMARY KEY (feed, program)
);
CREATE INDEX feed_polls_at ON feed_polls (at);
