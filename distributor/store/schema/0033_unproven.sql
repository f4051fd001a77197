-- Why a channel was paused last, from the end of that pause until something that it was given since is accepted. A harmless
-- question that is answered well ends a pause, and proves only that the question may be asked.
ALTER TABLE channels ADD COLUMN unproven TEXT;
