-- Which waves the readers of a newsletter make, without a look at every reader: the zone
-- of a person's clocks stands with their subscriptions, too.

-- +goose Up
ALTER TABLE subscriptions ADD COLUMN timezone TEXT NOT NULL DEFAULT ''; -- the subscriber's
UPDATE subscriptions SET timezone = (SELECT p.timezone FROM subscribers p WHERE p.id = subscriptions.subscriber_id)
    WHERE EXISTS (SELECT 1 FROM subscribers p WHERE p.id = subscriptions.subscriber_id AND p.timezone <> '');
CREATE INDEX subscriptions_waves ON subscriptions (newsletter, (frequency || ' ' || timezone || ' ' || hour)) WHERE state = 'active';
