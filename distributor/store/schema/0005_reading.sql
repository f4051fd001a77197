-- When each feed is read again, so that a pause that a server asked for outlives a restart.
ALTER TABLE feeds ADD COLUMN next_at INTEGER;
ALTER TABLE feeds ADD COLUMN next_why TEXT NOT NULL DEFAULT '';
