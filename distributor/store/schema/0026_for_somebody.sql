-- What waits on a channel until somebody says so, without the mails to readers one by one: the queue shows it.
CREATE INDEX deliveries_for_somebody ON deliveries (channel_id, id) WHERE state = 2 AND held_until IS NULL AND recipient = 0;
