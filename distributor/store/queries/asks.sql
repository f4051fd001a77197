-- name: lately
-- How often of late: letters to the address within a day; letters to its domain and to anybody, and forms from its network,
-- within an hour.
SELECT (SELECT count(*) FROM asks WHERE address = :address AND at > :day AND written = 1) AS address,
       (SELECT count(*) FROM asks WHERE domain = :domain AND at > :hour AND written = 1) AS domain,
       (SELECT count(*) FROM asks WHERE network = :network AND at > :hour) AS network,
       (SELECT count(*) FROM asks WHERE at > :hour AND written = 1) AS "all";

-- name: note
INSERT INTO asks (at, address, domain, network, written) VALUES (:now, :address, :domain, :network, :written);

-- name: forget
DELETE FROM asks WHERE at <= :day;

-- name: is_suppressed
SELECT 1 FROM suppressions WHERE address = ?;

-- name: of_address
SELECT p.topic, p.state FROM subscriptions p JOIN subscribers u ON u.id = p.subscriber_id WHERE u.address = ?;

-- name: wish
-- What is confirmed stays so; what had ended keeps its end on record, so that no import brings it back meanwhile.
INSERT INTO subscriptions (subscriber_id, topic, state, source, created_at)
VALUES (:id, :topic, 'unconfirmed', :source, :now)
ON CONFLICT (subscriber_id, topic) DO UPDATE SET state = 'unconfirmed', source = :source WHERE state <> 'confirmed';

-- name: say_yes
UPDATE subscriptions SET state = 'confirmed', confirmed_at = :now, unsubscribed_at = NULL
WHERE subscriber_id = :id AND topic = :topic AND state = 'unconfirmed';
