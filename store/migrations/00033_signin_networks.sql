-- From which network somebody asked to be signed in: what one stranger has sent to
-- an address leaves its owner, who is elsewhere, theirs.

-- +goose Up
ALTER TABLE signins ADD COLUMN network TEXT NOT NULL DEFAULT ''; -- keyed hash
