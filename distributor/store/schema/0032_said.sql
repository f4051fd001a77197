-- How often readers said something, by quarters of an hour, at one of which every zone's midnight is: a month of it is asked
-- for at each look at the desk's page of readers, and a list of a million that was imported is in it for as long. Readers
-- change so rarely that each word can count itself; what counted them until now, an index of all words, is not needed.
CREATE TABLE said (
    act     TEXT NOT NULL,
    -- of 900,000 milliseconds, since 1970
    quarter INTEGER NOT NULL,
    n       INTEGER NOT NULL CHECK (n >= 0),
    PRIMARY KEY (act, quarter)
) STRICT, WITHOUT ROWID;
INSERT INTO said (act, quarter, n) SELECT act, at / 900000, count(*) FROM consents GROUP BY 1, 2;
DROP INDEX consents_said;

CREATE TRIGGER consents_counted AFTER INSERT ON consents
BEGIN
    INSERT INTO said (act, quarter, n) VALUES (NEW.act, NEW.at / 900000, 1)
    ON CONFLICT (act, quarter) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER consents_forgotten AFTER DELETE ON consents
BEGIN
    UPDATE said SET n = n - 1 WHERE act = OLD.act AND quarter = OLD.at / 900000;
END;
