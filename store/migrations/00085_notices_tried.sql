-- When it was first tried to tell somebody of a trouble, which may have begun long before
-- anybody looked.

-- +goose Up
ALTER TABLE trouble_notices ADD COLUMN tried BIGINT NOT NULL DEFAULT 0; -- 0: not yet, or they know what there was to be told then
