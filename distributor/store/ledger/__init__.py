"""What leaves: deliveries, their messages, money and doubts, and the chain of events that tells of each."""
