"""What becomes of mail: what comes back of it, when it leaves, and by which relay."""
