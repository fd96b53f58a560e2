-- Where an article is to stand that never stood anywhere: rows of article_scopes come
-- when it appears.

-- +goose Up
ALTER TABLE articles ADD COLUMN coming TEXT NOT NULL DEFAULT ''; -- JSON list of scopes and what the article calls them; '': article_scopes says it
