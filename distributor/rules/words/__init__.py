"""What stands in a message: what can be wrong with it, and what follows from that. Pure."""
