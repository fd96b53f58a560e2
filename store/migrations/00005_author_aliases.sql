-- Slugs under which an author is known besides their own.

-- +goose Up

-- As an author's own file says. Whoever asks for the slug is led to the author's.
CREATE TABLE author_aliases (
    slug   TEXT PRIMARY KEY,
    author TEXT NOT NULL -- slug
);
CREATE INDEX author_aliases_author ON author_aliases (author);

-- Those files are read once more, as they may say it already.
UPDATE files SET reader = '' WHERE about LIKE 'author/%';
