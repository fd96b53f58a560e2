-- Who an edition is for, without a look at everybody.

-- +goose Up

-- An edition's candidates begin where the first of these ends who can be mailed.
CREATE INDEX subscriptions_served ON subscriptions (newsletter, frequency, served) WHERE state = 'active';

-- Readers in the order in which they are cut into parts.
CREATE INDEX subscriptions_active ON subscriptions (newsletter, subscriber_id, frequency) WHERE state = 'active';
