-- What stops hold, so that every page of the desk can say how much has piled up without a look at anything else.
CREATE INDEX deliveries_stopped ON deliveries (id) WHERE state = 2 AND held_by = 'stop';
