-- Every text that the editors' file has had, so that any of them can be had again.

CREATE TABLE editorials (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    -- found: it was there when it was first looked at, or somebody has edited the file by hand
    kind    TEXT NOT NULL CHECK (kind IN ('found', 'saved', 'returned')),
    who     TEXT NOT NULL,
    through TEXT NOT NULL,
    reason  TEXT NOT NULL,
    text    TEXT NOT NULL,
    -- why it is not in force, one line for each problem; empty: it is valid
    problem TEXT NOT NULL
) STRICT;
