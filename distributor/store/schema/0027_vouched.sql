-- Whom of the desk an OpenID provider vouches for: its own number of them, which nobody else ever gets (names are given
-- away anew). Bound at the first login; another one begins with another account.

CREATE TABLE vouched (
    person_id INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    issuer    TEXT NOT NULL CHECK (issuer <> ''),
    subject   TEXT NOT NULL CHECK (subject <> ''),
    at        INTEGER NOT NULL,
    PRIMARY KEY (person_id, issuer)
) STRICT, WITHOUT ROWID;
