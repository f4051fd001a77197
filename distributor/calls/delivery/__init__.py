"""Calls about deliveries: looked at, held, sent, stopped, settled, and what shadow mode would have sent."""
