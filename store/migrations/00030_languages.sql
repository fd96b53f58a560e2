-- In which language a person is told things.

-- +goose Up
ALTER TABLE subscribers ADD COLUMN language TEXT NOT NULL DEFAULT ''; -- a tag of BCP 47; empty: the publication's
