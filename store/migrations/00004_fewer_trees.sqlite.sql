-- Fewer and smaller trees, for to bring many articles is to write these. SQLite
-- changes what a table is made of only by making it anew.

-- +goose Up

-- A slug is one article's by article_slugs. Numbers are looked up where there
-- are some.
CREATE TABLE new_articles (
    id          TEXT PRIMARY KEY,
    given_id    TEXT NOT NULL,             -- as the front matter says, or empty
    guid        TEXT NOT NULL UNIQUE,
    slug        TEXT NOT NULL,
    wanted_slug TEXT NOT NULL,             -- before it was made unique
    body_hash   TEXT NOT NULL,             -- finds the article again when its file was renamed
    seq         BIGINT NOT NULL DEFAULT 0, -- 0 until first visible
    state       TEXT NOT NULL,
    pass        BIGINT NOT NULL DEFAULT 0, -- the unfinished pass that brought it, until which ends it is not to appear; 0: none
    published   BIGINT NOT NULL,
    expires     BIGINT NOT NULL,
    source      TEXT NOT NULL,
    file        TEXT NOT NULL,
    first_seen  BIGINT NOT NULL,
    doc         TEXT NOT NULL              -- the article without its body, as JSON
);
INSERT INTO new_articles (id, given_id, guid, slug, wanted_slug, body_hash, seq, state, pass, published, expires, source, file, first_seen, doc)
    SELECT id, given_id, guid, slug, wanted_slug, body_hash, seq, state, pass, published, expires, source, file, first_seen, doc FROM articles;
DROP TABLE articles;
ALTER TABLE new_articles RENAME TO articles;
CREATE INDEX articles_seq ON articles (seq) WHERE seq > 0;
CREATE INDEX articles_due ON articles (published) WHERE state = 'scheduled' AND pass = 0;
CREATE INDEX articles_expiring ON articles (expires) WHERE expires > 0 AND state = 'published';
CREATE INDEX articles_pass ON articles (source, published, slug) WHERE pass > 0;
CREATE INDEX articles_given ON articles (given_id) WHERE given_id <> '';
CREATE INDEX articles_body ON articles (body_hash);

-- Every slug that an article ever had.
CREATE TABLE new_article_slugs (
    slug       TEXT PRIMARY KEY,
    article_id TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO new_article_slugs (slug, article_id) SELECT slug, article_id FROM article_slugs;
DROP TABLE article_slugs;
ALTER TABLE new_article_slugs RENAME TO article_slugs;
CREATE INDEX article_slugs_article ON article_slugs (article_id);

-- Where an article appears. Its number in a scope comes when it is first visible
-- there, and stays for ever: in archives of feeds it stands where it stood.
CREATE TABLE new_article_scopes (
    article_id TEXT NOT NULL,
    scope      TEXT NOT NULL,
    visible    BIGINT NOT NULL, -- 1: it is; 0: it will be when the article is; -1: the article has left the scope
    number     BIGINT NOT NULL, -- 0 until it is first visible
    name       TEXT NOT NULL,   -- of the author or section, as the article prints it
    PRIMARY KEY (article_id, scope)
) WITHOUT ROWID;
INSERT INTO new_article_scopes (article_id, scope, visible, number, name) SELECT article_id, scope, visible, number, name FROM article_scopes;
DROP TABLE article_scopes;
ALTER TABLE new_article_scopes RENAME TO article_scopes;
CREATE INDEX article_scopes_visible ON article_scopes (scope, number) WHERE visible = 1;

-- The slugs of ours that an article names as related: its feeds print what
-- those articles are called.
CREATE TABLE new_article_related (
    article_id TEXT NOT NULL,
    slug       TEXT NOT NULL,
    PRIMARY KEY (article_id, slug)
) WITHOUT ROWID;
INSERT INTO new_article_related (article_id, slug) SELECT article_id, slug FROM article_related;
DROP TABLE article_related;
ALTER TABLE new_article_related RENAME TO article_related;
CREATE INDEX article_related_slug ON article_related (slug);

-- The version of a scope grows with every change to what its pages and feeds show.
CREATE TABLE new_scopes (
    scope     TEXT PRIMARY KEY,
    version   BIGINT NOT NULL,
    changed   BIGINT NOT NULL,
    last      BIGINT NOT NULL DEFAULT 0, -- the highest number that an article got in it
    announced BIGINT NOT NULL DEFAULT 0  -- the version that became news for hubs
) WITHOUT ROWID;
INSERT INTO new_scopes (scope, version, changed, last, announced) SELECT scope, version, changed, last, announced FROM scopes;
DROP TABLE scopes;
ALTER TABLE new_scopes RENAME TO scopes;
CREATE INDEX scopes_news ON scopes (changed) WHERE announced < version;

-- What was last read of each file of a source.
CREATE TABLE new_files (
    source     TEXT NOT NULL,
    path       TEXT NOT NULL,
    size       BIGINT NOT NULL,
    modified   BIGINT NOT NULL, -- nanoseconds, as the file system says
    hash       TEXT NOT NULL,
    reader     TEXT NOT NULL,   -- revision of what read it: program and publication settings
    state      TEXT NOT NULL,   -- article, held, data, gone
    article_id TEXT NOT NULL,
    about      TEXT NOT NULL DEFAULT '', -- scope of the author, section or issue that a data file tells of
    title      TEXT NOT NULL,
    uses       TEXT NOT NULL,   -- JSON list of the files it shows
    problems   TEXT NOT NULL,   -- JSON list
    first_seen BIGINT NOT NULL,
    PRIMARY KEY (source, path)
) WITHOUT ROWID;
INSERT INTO new_files (source, path, size, modified, hash, reader, state, article_id, about, title, uses, problems, first_seen)
    SELECT source, path, size, modified, hash, reader, state, article_id, about, title, uses, problems, first_seen FROM files;
DROP TABLE files;
ALTER TABLE new_files RENAME TO files;
CREATE INDEX files_article ON files (article_id);
CREATE INDEX files_about ON files (about) WHERE about <> '';
