-- Hours of the day at which people have a newsletter, where it lets them choose.
-- A range of a wave keeps them with its zones.

-- +goose Up
ALTER TABLE subscriptions ADD COLUMN hour TEXT NOT NULL DEFAULT ''; -- "07:00", on the clocks of the subscriber's zone; empty: the schedule's
