-- Of what an index of an expression holds PostgreSQL knows nothing before the next
-- ANALYZE, which comes by itself when a tenth of the rows has changed: until then a look
-- for the texts of some articles would read all articles.

-- +goose Up
ANALYZE articles;
