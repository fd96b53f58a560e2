-- The desk lists the people of a state, and issues, in parts that cost as much however
-- many there are.

-- +goose Up
CREATE INDEX subscribers_state ON subscribers (state, id);
DROP INDEX issues_cover;
CREATE INDEX issues_cover ON issues (cover_date, volume, number);
