"""What became of a delivery: the legal moves, doubts, and whether the record says what happened."""
