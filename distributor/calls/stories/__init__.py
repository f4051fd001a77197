"""Calls about single stories as the desk's pages show them, and what is decided there."""

from distributor.calls.stories import amending, deciding, drafting, finding, telling

__all__ = ["amending", "deciding", "drafting", "finding", "telling"]
