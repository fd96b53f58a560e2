-- How often an address was asked for by people who want it for theirs, apart from
-- them: who has themselves erased is not to begin to count anew.

-- +goose Up
CREATE TABLE address_asks (
    address TEXT NOT NULL,   -- keyed hash of it
    asker   TEXT NOT NULL,   -- keyed hash of whoever asked
    at      BIGINT NOT NULL
);
CREATE INDEX address_asks_address ON address_asks (address, at);
CREATE INDEX address_asks_at ON address_asks (at);

DROP INDEX address_changes_new;
ALTER TABLE address_changes DROP COLUMN new_key;
