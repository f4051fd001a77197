"""Calls about editorial rules and what they lead to."""
