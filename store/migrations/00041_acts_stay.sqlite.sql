-- What people did stays as it was written down, and may be about a person.

-- +goose Up
ALTER TABLE acts ADD COLUMN subscriber_id TEXT NOT NULL DEFAULT ''; -- whom it is about; empty: nobody
CREATE INDEX acts_subscriber ON acts (subscriber_id, at) WHERE subscriber_id <> '';

-- +goose StatementBegin
CREATE TRIGGER acts_unchanged BEFORE UPDATE ON acts BEGIN
    SELECT RAISE(ABORT, 'acts are never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER acts_kept BEFORE DELETE ON acts BEGIN
    SELECT RAISE(ABORT, 'acts are never deleted');
END;
-- +goose StatementEnd
