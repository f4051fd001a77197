-- What a reader has been mailed, or may have been, without a look at the rows themselves: it is asked twice for each mail,
-- and the rows of one reader lie far apart. Its condition is that of "mailed", word for word.
CREATE INDEX deliveries_had ON deliveries (recipient, planned_at, message_id, subject_id, state, started_at, ended_at, doubts)
WHERE recipient > 0 AND message_id IS NOT NULL AND (state = 3 OR state = 4 OR state = 6 OR doubts > 0);
