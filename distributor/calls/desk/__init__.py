"""Calls that stand behind pages of the desk alone."""
