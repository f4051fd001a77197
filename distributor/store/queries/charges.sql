-- name: spent
SELECT coalesce(sum(micros), 0) AS micros FROM charges WHERE channel_id = ? AND at >= ?;

-- name: paid
-- What a delivery has paid and was not given back.
SELECT coalesce(sum(micros), 0) AS micros FROM charges WHERE delivery_id = ?;

-- name: charge
-- One price stands for a delivery, however often its call is made. Where the call of a doubt was found not to have
-- happened its price was given back; where it may have, it pays no second time.
INSERT INTO charges (channel_id, delivery_id, at, micros, what)
SELECT channel_id, id, :now, :micros, :what FROM deliveries
WHERE id = :id AND (SELECT coalesce(sum(micros), 0) FROM charges c WHERE c.delivery_id = :id) = 0;

-- name: refund
-- At the instant of its charge: else a refund after midnight would let today spend what yesterday did not.
INSERT INTO charges (channel_id, delivery_id, at, micros, what)
SELECT channel_id, delivery_id, at, -micros, :what FROM charges
WHERE id = (SELECT max(id) FROM charges WHERE delivery_id = :id) AND micros > 0;

-- name: found_absent
SELECT count(*) AS n FROM charges WHERE delivery_id = ? AND what = ?;

-- name: reads
-- What was read belongs to no delivery: one look serves many.
INSERT INTO charges (channel_id, at, micros, what) SELECT id, :now, :micros, 'read' FROM channels WHERE name = :channel;

-- name: money_is_back
-- Who waits for money looks again; the most urgent first, as always.
UPDATE deliveries SET held_until = :now
WHERE channel_id = (SELECT channel_id FROM deliveries WHERE id = :id) AND held_until > :now
  AND state = 2 AND held_by = 'budget';
