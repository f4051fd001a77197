"""Calls about newsletters: their readers, digests and issues, what came back, relays."""
