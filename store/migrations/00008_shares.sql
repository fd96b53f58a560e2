-- How often a person gets a newsletter, when not, and of what.

-- +goose Up
ALTER TABLE subscribers ADD COLUMN tier TEXT NOT NULL DEFAULT 'free';

ALTER TABLE subscriptions ADD COLUMN frequency TEXT NOT NULL DEFAULT ''; -- name of a schedule; empty: the newsletter's first
-- The number of articles when its frequency last changed, or it was given an
-- older edition: one whose cut-off lies no further may have passed it by.
ALTER TABLE subscriptions ADD COLUMN changed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE subscriptions ADD COLUMN paused_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE subscriptions ADD COLUMN fresh BIGINT NOT NULL DEFAULT 0; -- 1 where what came in the pause does not wait for its end
CREATE INDEX subscriptions_paused ON subscriptions (paused_until) WHERE paused_until > 0;

ALTER TABLE editions ADD COLUMN schedule TEXT NOT NULL DEFAULT ''; -- whose subscriptions it goes to; empty: to all
-- Its candidates are those above it: for whoever has been served less it has
-- not all that they wait for.
ALTER TABLE editions ADD COLUMN floor BIGINT NOT NULL DEFAULT 0;
-- Of an edition of the first frequency: the others, as they were at its cut-off,
-- whose people it passes by. JSON; null: it is of another one, or of all.
ALTER TABLE editions ADD COLUMN others TEXT NOT NULL DEFAULT 'null';
