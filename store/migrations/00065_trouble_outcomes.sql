-- Since when a trouble seems to be over: of what comes and goes that is told only when
-- it has lasted. And what became of a mail that told somebody, where it was refused.

-- +goose Up
ALTER TABLE troubles ADD COLUMN well BIGINT NOT NULL DEFAULT 0; -- 0: it goes on
ALTER TABLE trouble_notices ADD COLUMN outcome TEXT NOT NULL DEFAULT ''; -- why the last mail of it was refused, in somebody else's words; empty: none was
