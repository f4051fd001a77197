"""Bugs planted on purpose in copies of the program, each of which a named test must find."""
