-- How the waves of an edition go that have begun, whatever becomes of its schedule.

-- +goose Up
ALTER TABLE editions ADD COLUMN course TEXT NOT NULL DEFAULT '';
