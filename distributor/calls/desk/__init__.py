"""Calls about the desk itself: what it sees at a glance, people, alerts, feeds, what others are told, backups."""
