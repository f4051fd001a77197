"""What is remembered of readers: who they are, what they agreed to, what is written to each alone."""
