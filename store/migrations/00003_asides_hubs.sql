-- Messages set aside, and the news of feeds that hubs are told of (WebSub).

-- +goose Up

-- How often a message was set aside while others went first. What waits for a
-- person is found without what they ever got.
ALTER TABLE deliveries ADD COLUMN asides BIGINT NOT NULL DEFAULT 0;
CREATE INDEX deliveries_waiting ON deliveries (subscriber_id) WHERE state = 'deferred';

-- An issue by its scope.
CREATE INDEX issues_scope ON issues (('issue/' || volume || '/' || number));

-- The version of a scope that became news for hubs.
ALTER TABLE scopes ADD COLUMN announced BIGINT NOT NULL DEFAULT 0;
UPDATE scopes SET announced = version;
CREATE INDEX scopes_news ON scopes (changed) WHERE announced < version;

-- The hubs of the configuration. One is told of news by whoever moves next_at.
CREATE TABLE hubs (
	hub     TEXT   PRIMARY KEY,
	next_at BIGINT NOT NULL DEFAULT 0,
	failing BIGINT NOT NULL DEFAULT 0 -- since when it takes nothing; 0: it is well
);

-- What each hub is still to be told of.
CREATE TABLE hub_news (
	hub     TEXT   NOT NULL,
	path    TEXT   NOT NULL, -- of the page whose feeds have changed
	version BIGINT NOT NULL, -- of its scope
	since   BIGINT NOT NULL,
	PRIMARY KEY (hub, path)
);
