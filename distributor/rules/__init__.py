"""Every decision, pure: values in, intents out. Must not read a clock, a file or a network."""
