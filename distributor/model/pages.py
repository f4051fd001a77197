"""A story's page as the crawlers of platforms find it. Holds no behaviour that touches the world."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """What a page showed when it was looked at."""

    #: why it could not be fetched or read; empty: it could
    problem: str = ""
    #: what a card would say; empty where the page says nothing
    title: str = ""
    #: the kind of card that it asks X for: ``summary_large_image``
    card: str = ""
    #: absolute; empty where it names none
    canonical: str = ""
    image: str = ""
    image_alt: str = ""
    #: why its picture could not be had or read; empty: it could
    image_problem: str = ""
    #: pixels; 0 where they are not known
    width: int = 0
    height: int = 0
    #: names of crawlers that the site's ``robots.txt`` keeps from the page
    forbidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What is known of a story's page."""

    facts: PageFacts
    #: when it was first looked at, and last
    first_at: datetime
    at: datetime
    looks: int
