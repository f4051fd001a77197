"""Patterns of the sentences that the store keeps in English, a file for each matter. Knows no language."""
