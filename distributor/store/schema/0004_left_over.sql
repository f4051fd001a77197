-- What an issue leaves for the next one, what a restore keeps out of it, and whose the numbers are that a channel knows.

-- Stories that an issue looked at and could not carry yet: held for somebody, under embargo, withheld. The next issue of
-- the digest looks at them again; an issue that was skipped leaves its whole window, so its rows mean nothing.
CREATE TABLE issue_left (
    issue_id INTEGER NOT NULL REFERENCES issues (id),
    story_id INTEGER NOT NULL REFERENCES stories (id),
    PRIMARY KEY (issue_id, story_id)
) STRICT, WITHOUT ROWID;
-- Which issues carry a story.
CREATE INDEX issue_stories_of ON issue_stories (story_id);

-- The highest number of a subject when the store was last fenced by a restore: what has no higher one may have stood in an
-- issue that only the replaced store mailed. 0: never fenced, or somebody said that nothing was mailed.
ALTER TABLE digests ADD COLUMN fence_subject INTEGER NOT NULL DEFAULT 0;

-- To which account or chat last_remote_id belongs; empty until the channel is next opened.
ALTER TABLE channels ADD COLUMN account TEXT NOT NULL DEFAULT '';
-- Since when; numbers of posts from before belong to another. 0: it never changed.
ALTER TABLE channels ADD COLUMN account_at INTEGER NOT NULL DEFAULT 0;
