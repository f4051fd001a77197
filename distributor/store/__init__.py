"""What is remembered: SQLite, one writer, many readers. Must not decide anything."""
