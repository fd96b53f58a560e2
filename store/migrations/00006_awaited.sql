-- What a change of one file has to know of the others.

-- +goose Up

-- The files that are to be read anew when an article comes that they name: in a
-- file, or with a slug.
CREATE TABLE file_awaits (
    source TEXT NOT NULL,
    awaits TEXT NOT NULL, -- path of a file, or a slug
    path   TEXT NOT NULL, -- of the file that names it
    PRIMARY KEY (source, awaits, path)
);
CREATE INDEX file_awaits_path ON file_awaits (source, path);

-- Those are read once more to find what they await.
UPDATE files SET reader = '' WHERE uses <> '[]';

CREATE INDEX authors_given ON authors (slug) WHERE given = 1;
