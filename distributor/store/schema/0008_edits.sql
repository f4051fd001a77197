-- Whether a later text of its feed's waits for one person, too, once the story has left with an approval.
ALTER TABLE conditions ADD COLUMN edits INTEGER NOT NULL DEFAULT 0 CHECK (edits IN (0, 1));
-- Who holds the rows of a mailing when they are written, and until when; empty: nobody.
ALTER TABLE mailings ADD COLUMN held_by TEXT NOT NULL DEFAULT '';
ALTER TABLE mailings ADD COLUMN held_until INTEGER;
