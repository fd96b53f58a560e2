-- Which languages people have chosen, of which there are few.

-- +goose Up
CREATE INDEX subscribers_language ON subscribers (language, id) WHERE language <> '';
