-- People are found by any part of their address or name.

-- +goose Up
CREATE TABLE person_words (
    n             INTEGER PRIMARY KEY AUTOINCREMENT, -- stays as it is, as the rows' own numbers need not
    subscriber_id TEXT NOT NULL UNIQUE,
    words         TEXT NOT NULL
);
CREATE VIRTUAL TABLE person_search USING fts5(words, content='person_words', content_rowid='n', columnsize=0, tokenize='trigram');

-- Up to which number people can be found. Many that are added together are made
-- findable at once: one by one it takes ten times as long.
CREATE TABLE person_found (n BIGINT NOT NULL);

INSERT INTO person_words (subscriber_id, words) SELECT id, email || ' ' || name FROM subscribers ORDER BY created;
INSERT INTO person_search (person_search) VALUES ('rebuild');
INSERT INTO person_found (n) SELECT COALESCE(MAX(n), 0) FROM person_words;

-- +goose StatementBegin
CREATE TRIGGER person_words_gone AFTER DELETE ON person_words WHEN old.n <= (SELECT n FROM person_found) BEGIN
    INSERT INTO person_search (person_search, rowid, words) VALUES ('delete', old.n, old.words);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER person_words_changed AFTER UPDATE OF words ON person_words WHEN old.n <= (SELECT n FROM person_found) BEGIN
    INSERT INTO person_search (person_search, rowid, words) VALUES ('delete', old.n, old.words);
    INSERT INTO person_search (rowid, words) VALUES (new.n, new.words);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER subscribers_added AFTER INSERT ON subscribers BEGIN
    INSERT INTO person_words (subscriber_id, words) VALUES (new.id, new.email || ' ' || new.name);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER subscribers_gone AFTER DELETE ON subscribers BEGIN
    DELETE FROM person_words WHERE subscriber_id = old.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER subscribers_renamed AFTER UPDATE OF email, name ON subscribers WHEN old.email <> new.email OR old.name <> new.name BEGIN
    UPDATE person_words SET words = new.email || ' ' || new.name WHERE subscriber_id = new.id;
END;
-- +goose StatementEnd
