-- What was skipped, or folded into a round-up, after an instant: it waited until then. Mails to readers are not in it.
CREATE INDEX deliveries_let_go ON deliveries (channel_id, ended_at) WHERE state = 7 AND recipient = 0 AND ended_at IS NOT NULL AND remote_id = '';
