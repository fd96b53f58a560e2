-- Fewer and smaller trees, for to bring many articles is to write these.

-- +goose Up

-- A slug is one article's by article_slugs. Numbers are looked up where there
-- are some.
ALTER TABLE articles DROP CONSTRAINT articles_slug_key;
DROP INDEX articles_seq;
CREATE INDEX articles_seq ON articles (seq) WHERE seq > 0;

-- Where an article is visible: so nothing is written here before it is.
DROP INDEX article_scopes_scope;
CREATE INDEX article_scopes_visible ON article_scopes (scope, number) WHERE visible = 1;
