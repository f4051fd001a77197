-- What pages ask, found without looking through the ledger or the readers. Nothing here is touched by a delivery that
-- is sent at its first try.

-- What failed of late, without the failures of years.
CREATE INDEX deliveries_failed ON deliveries (ended_at) WHERE state = 5;
-- What no route accepted, which a later route may.
CREATE INDEX deliveries_unrouted ON deliveries (channel_id) WHERE state = 7 AND ended_at IS NULL;
-- What people decided; the program's own acts are not in it.
CREATE INDEX events_decided ON events (at) WHERE actor <> '' AND actor <> 'lane' AND actor <> 'clock' AND actor <> 'verifier';
-- The sums of a month, from the index alone.
DROP INDEX charges_at;
CREATE INDEX charges_at ON charges (channel_id, at, micros);

-- How many confirmed readers of a topic have made the same choice: when its slots are is asked at every look at the first
-- page. Readers change so rarely that each change can count itself. Nothing chosen is '' or, of a weekday, -1.
CREATE TABLE choices (
    topic    TEXT NOT NULL,
    rhythm   TEXT NOT NULL,
    hour     TEXT NOT NULL,
    weekday  INTEGER NOT NULL,
    zone     TEXT NOT NULL,
    sections TEXT NOT NULL,
    language TEXT NOT NULL,
    n        INTEGER NOT NULL CHECK (n >= 0),
    PRIMARY KEY (topic, rhythm, hour, weekday, zone, sections, language)
) STRICT, WITHOUT ROWID;
INSERT INTO choices (topic, rhythm, hour, weekday, zone, sections, language, n)
SELECT p.topic, coalesce(p.rhythm, ''), coalesce(p.hour, ''), coalesce(p.weekday, -1), u.zone, p.sections, u.language, count(*)
FROM subscriptions p JOIN subscribers u ON u.id = p.subscriber_id WHERE p.state = 'confirmed' GROUP BY 1, 2, 3, 4, 5, 6, 7;

CREATE TRIGGER subscriptions_chosen AFTER INSERT ON subscriptions WHEN NEW.state = 'confirmed'
BEGIN
    INSERT INTO choices (topic, rhythm, hour, weekday, zone, sections, language, n)
    SELECT NEW.topic, coalesce(NEW.rhythm, ''), coalesce(NEW.hour, ''), coalesce(NEW.weekday, -1), u.zone, NEW.sections, u.language, 1
    FROM subscribers u WHERE u.id = NEW.subscriber_id
    ON CONFLICT (topic, rhythm, hour, weekday, zone, sections, language) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER subscriptions_left AFTER DELETE ON subscriptions WHEN OLD.state = 'confirmed'
BEGIN
    UPDATE choices SET n = n - 1 WHERE (topic, rhythm, hour, weekday, zone, sections, language) IN (
        SELECT OLD.topic, coalesce(OLD.rhythm, ''), coalesce(OLD.hour, ''), coalesce(OLD.weekday, -1), u.zone, OLD.sections, u.language
        FROM subscribers u WHERE u.id = OLD.subscriber_id);
END;
CREATE TRIGGER subscriptions_rechosen AFTER UPDATE OF topic, state, rhythm, hour, weekday, sections ON subscriptions
WHEN OLD.state = 'confirmed' OR NEW.state = 'confirmed'
BEGIN
    UPDATE choices SET n = n - 1 WHERE OLD.state = 'confirmed' AND (topic, rhythm, hour, weekday, zone, sections, language) IN (
        SELECT OLD.topic, coalesce(OLD.rhythm, ''), coalesce(OLD.hour, ''), coalesce(OLD.weekday, -1), u.zone, OLD.sections, u.language
        FROM subscribers u WHERE u.id = OLD.subscriber_id);
    INSERT INTO choices (topic, rhythm, hour, weekday, zone, sections, language, n)
    SELECT NEW.topic, coalesce(NEW.rhythm, ''), coalesce(NEW.hour, ''), coalesce(NEW.weekday, -1), u.zone, NEW.sections, u.language, 1
    FROM subscribers u WHERE u.id = NEW.subscriber_id AND NEW.state = 'confirmed'
    ON CONFLICT (topic, rhythm, hour, weekday, zone, sections, language) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER subscribers_rechosen AFTER UPDATE OF zone, language ON subscribers
WHEN OLD.zone <> NEW.zone OR OLD.language <> NEW.language
BEGIN
    UPDATE choices SET n = n - 1 WHERE (topic, rhythm, hour, weekday, zone, sections, language) IN (
        SELECT p.topic, coalesce(p.rhythm, ''), coalesce(p.hour, ''), coalesce(p.weekday, -1), OLD.zone, p.sections, OLD.language
        FROM subscriptions p WHERE p.subscriber_id = OLD.id AND p.state = 'confirmed');
    INSERT INTO choices (topic, rhythm, hour, weekday, zone, sections, language, n)
    SELECT p.topic, coalesce(p.rhythm, ''), coalesce(p.hour, ''), coalesce(p.weekday, -1), NEW.zone, p.sections, NEW.language, 1
    FROM subscriptions p WHERE p.subscriber_id = NEW.id AND p.state = 'confirmed'
    ON CONFLICT (topic, rhythm, hour, weekday, zone, sections, language) DO UPDATE SET n = n + 1;
END;
