-- Numbers in each scope, bodies and the bytes of files in tables of their own,
-- why a range waits, and what is wrong with a source itself.

-- +goose Up

-- Passes are numbered. What an unfinished one left has the first number, so that
-- the end of the next pass lets it appear.
INSERT INTO counters (name, value) VALUES ('pass', 1);
DROP INDEX articles_pass;
DROP INDEX articles_due;
ALTER TABLE articles RENAME COLUMN pass TO pass_id;
ALTER TABLE articles ADD COLUMN pass BIGINT NOT NULL DEFAULT 0; -- the unfinished pass that brought it, until which ends it is not to appear; 0: none
UPDATE articles SET pass = 1 WHERE pass_id <> '';
ALTER TABLE articles DROP COLUMN pass_id;
CREATE INDEX articles_pass ON articles (source, published, slug) WHERE pass > 0;
CREATE INDEX articles_due ON articles (published) WHERE state = 'scheduled' AND pass = 0;

-- Apart from the articles, so that what happens to one does not write it anew.
CREATE TABLE article_bodies (
    article_id TEXT PRIMARY KEY,
    teaser     TEXT NOT NULL,
    html       TEXT NOT NULL
);
INSERT INTO article_bodies (article_id, teaser, html) SELECT id, teaser, html FROM articles;
ALTER TABLE articles DROP COLUMN teaser;
ALTER TABLE articles DROP COLUMN html;
ALTER TABLE articles DROP COLUMN volume;
ALTER TABLE articles DROP COLUMN number;

-- Where an article appears. Its number in a scope comes when it is first visible
-- there, and stays for ever: in archives of feeds it stands where it stood.
ALTER TABLE scopes ADD COLUMN last BIGINT NOT NULL DEFAULT 0; -- the highest number that an article got in it
ALTER TABLE article_scopes ADD COLUMN visible BIGINT NOT NULL DEFAULT 0; -- 1: it is; 0: it will be when the article is; -1: the article has left the scope
ALTER TABLE article_scopes ADD COLUMN number BIGINT NOT NULL DEFAULT 0; -- 0 until it is first visible
UPDATE article_scopes SET visible = 1 WHERE seq > 0;
UPDATE article_scopes SET number = n.number FROM
    (SELECT s.article_id, s.scope, row_number() OVER (PARTITION BY s.scope ORDER BY a.seq) AS number
        FROM article_scopes s JOIN articles a ON a.id = s.article_id WHERE a.seq > 0) n
    WHERE n.article_id = article_scopes.article_id AND n.scope = article_scopes.scope;
UPDATE scopes SET last = COALESCE((SELECT MAX(s.number) FROM article_scopes s WHERE s.scope = scopes.scope), 0);
DROP INDEX article_scopes_scope;
ALTER TABLE article_scopes DROP COLUMN seq;
CREATE INDEX article_scopes_scope ON article_scopes (scope, visible, number);

-- Scope of the author, section or issue that a data file tells of. The files
-- are read once more to find it.
ALTER TABLE files ADD COLUMN about TEXT NOT NULL DEFAULT '';
UPDATE files SET reader = '' WHERE state = 'data';
CREATE INDEX files_about ON files (about) WHERE about <> '';

-- What is wrong with a source itself, apart from its files. Those without a
-- row have nothing wrong.
CREATE TABLE sources (
    name     TEXT PRIMARY KEY,
    problems TEXT NOT NULL -- JSON list
);

-- The bytes of a media item in parts. An engine takes a whole value into memory
-- whatever piece of it was asked for.
CREATE TABLE media_parts (
    hash  TEXT NOT NULL,
    start BIGINT NOT NULL, -- where in the file the part begins
    data  BYTEA NOT NULL,
    PRIMARY KEY (hash, start)
);
INSERT INTO media_parts (hash, start, data) SELECT hash, 0, data FROM media WHERE size > 0;
ALTER TABLE media DROP COLUMN data;

-- Why a range does not get on, as a delivery has it; without a reason it does.
ALTER TABLE edition_ranges ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE edition_ranges ADD COLUMN code BIGINT NOT NULL DEFAULT 0;
ALTER TABLE edition_ranges ADD COLUMN enhanced TEXT NOT NULL DEFAULT '';
ALTER TABLE edition_ranges ADD COLUMN reply TEXT NOT NULL DEFAULT '';
ALTER TABLE edition_ranges ADD COLUMN relay TEXT NOT NULL DEFAULT '';
ALTER TABLE edition_ranges ADD COLUMN seen BIGINT NOT NULL DEFAULT 0; -- when
