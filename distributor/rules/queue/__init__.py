"""What waits and what may leave: where a story goes, when its turn comes, and what holds it."""
