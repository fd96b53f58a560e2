-- What was given out of what relays and domains may be sent, to all nodes together.
-- What a node has and does not use before it dies is lost, so that nothing is ever
-- exceeded.

-- +goose Up
CREATE TABLE allowances (
    name   TEXT NOT NULL,   -- relay/main, domain/example.org
    span   TEXT NOT NULL,   -- second, hour, day
    begins BIGINT NOT NULL, -- of the minute or the day (UTC) that is counted; 0 for second
    taken  BIGINT NOT NULL, -- messages; for second the instant up to which they are given out
    PRIMARY KEY (name, span, begins)
);
