-- People are found by any part of their address or name. Where the extension may
-- not be made they are found all the same, by looking at everybody.

-- +goose Up
-- +goose StatementBegin
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX subscribers_search ON subscribers USING gin ((LOWER(email || ' ' || name)) gin_trgm_ops);
EXCEPTION WHEN insufficient_privilege OR undefined_file OR undefined_object OR feature_not_supported THEN
    RAISE NOTICE 'the extension pg_trgm cannot be made: %', SQLERRM;
END $$;
-- +goose StatementEnd
