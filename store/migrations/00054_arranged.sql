-- What editors choose of an edition's articles before it goes out: their order, and
-- what is left out.

-- +goose Up
ALTER TABLE editions ADD COLUMN arranged BIGINT NOT NULL DEFAULT 0; -- how often anything of it was chosen
ALTER TABLE editions ADD COLUMN ordered BIGINT NOT NULL DEFAULT 0;  -- 1: its articles stand in the order of their places, the first leads
ALTER TABLE edition_articles ADD COLUMN left_out BIGINT NOT NULL DEFAULT 0; -- 1: the newsletter does not mail it
CREATE INDEX edition_articles_left_out ON edition_articles (edition_id) WHERE left_out = 1;
