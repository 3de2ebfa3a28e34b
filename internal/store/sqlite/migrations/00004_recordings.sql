-- +goose Up

-- How long a call's recording is; its file is there already.
ALTER TABLE calls ADD COLUMN recording_seconds INTEGER NOT NULL DEFAULT 0;

-- A leg that somebody else than the session tells of says whether it was ever
-- connected, and of the caller's what was recorded, so that whoever closes the
-- call by it knows.
ALTER TABLE call_legs ADD COLUMN bridged_at INTEGER;
ALTER TABLE call_legs ADD COLUMN recording_file TEXT NOT NULL DEFAULT '';
ALTER TABLE call_legs ADD COLUMN recording_seconds INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE call_legs DROP COLUMN recording_seconds;
ALTER TABLE call_legs DROP COLUMN recording_file;
ALTER TABLE call_legs DROP COLUMN bridged_at;
ALTER TABLE calls DROP COLUMN recording_seconds;
