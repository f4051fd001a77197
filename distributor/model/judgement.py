"""What is found wrong with words before they leave. Holds no behaviour that touches the world."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """What a rule of lint does to a message in which it finds something."""

    #: it is held until somebody lets it go or mends it
    BLOCK = "block"
    #: it leaves, and the finding is on record
    WARN = "warn"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a rule has found."""

    #: the rule's name
    rule: str
    level: Level
    #: what was found, and where
    found: str
    #: what would be right
    fix: str
    #: who has let it go although a rule blocks it; empty: nobody
    passed_by: str = ""

    @property
    def blocks(self) -> bool:
        """Whether a message waits because of it."""
        return self.level is Level.BLOCK and not self.passed_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """The newsroom's own words about its words: ``[style]``."""

    #: words that must not leave; one that ends with ``*`` is a beginning of words
    blocked_words: tuple[str, ...] = ()
    #: hosts that are ours, their subdomains included; empty: links are not looked at
    hosts: tuple[str, ...] = ()
    #: words of the tag for a section, by the section's name
    hashtags: tuple[tuple[str, str], ...] = ()
    #: words that become a tag where a headline says them
    tags: tuple[str, ...] = ()
    #: most tags of one post
    most_tags: int = 2
