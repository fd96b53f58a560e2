-- Who has been served least.

-- +goose Up

-- An edition's candidates begin where the first of these ends who can be mailed.
CREATE INDEX subscriptions_served ON subscriptions (newsletter, frequency, served) WHERE state = 'active';
