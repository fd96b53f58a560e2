-- Who is erased has their sign-ins found without reading everybody's.

-- +goose Up
CREATE INDEX signins_subscriber ON signins (subscriber_id) WHERE subscriber_id <> ''; -- most are nobody's where strangers try
