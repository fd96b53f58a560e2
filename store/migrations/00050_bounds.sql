-- Finding what concerns one person without reading everybody's.

-- +goose Up
-- Who is erased has their sign-ins found; most are nobody's where strangers try.
CREATE INDEX signins_subscriber ON signins (subscriber_id) WHERE subscriber_id <> '';

-- How often an address was asked for by people who want it for theirs.
ALTER TABLE address_changes ADD COLUMN new_key TEXT NOT NULL DEFAULT ''; -- as subscribers.email_key; empty: from before this
CREATE INDEX address_changes_new ON address_changes (new_key, created);
