-- How often the links of issues were followed, by whoever it was: a number for each story, and nothing of who or when.

CREATE TABLE clicks (
    issue_id INTEGER NOT NULL REFERENCES issues (id),
    story_id INTEGER NOT NULL REFERENCES stories (id),
    clicks   INTEGER NOT NULL CHECK (clicks > 0),
    PRIMARY KEY (issue_id, story_id)
) STRICT, WITHOUT ROWID;
