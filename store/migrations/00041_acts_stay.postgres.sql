-- What people did stays as it was written down, and may be about a person.

-- +goose Up
ALTER TABLE acts ADD COLUMN subscriber_id TEXT NOT NULL DEFAULT ''; -- whom it is about; empty: nobody
CREATE INDEX acts_subscriber ON acts (subscriber_id, at) WHERE subscriber_id <> '';

-- +goose StatementBegin
CREATE FUNCTION acts_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'acts are never changed or deleted';
END $$;
-- +goose StatementEnd
CREATE TRIGGER acts_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON acts FOR EACH STATEMENT EXECUTE FUNCTION acts_stay();
