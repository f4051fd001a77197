"""Runs against the loopback platforms that anyone can repeat. Must only ever contact this machine."""
