"""Calls about single stories: published, shown, decided, changed, proved."""
