"""distributor: every story a newsroom publishes reaches its readers, exactly once, and provably so."""

__version__ = "0.1.0"
