"""Pictures that go with a post, and what a platform takes. Holds no behaviour that touches the world."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a picture must fit to be taken by a platform, and to be worth showing there."""

    #: of the file
    most_bytes: int
    #: pixels of the longer side; a larger picture is made smaller
    longest: int = 2048
    #: the longer side may be so many times the shorter one
    most_ratio: float = 20.0
    #: pixels; what is smaller shows nothing that a reader could make out
    least_width: int = 300
    least_height: int = 157


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A picture as it is handed to a platform: upright, without its camera's notes, small enough."""

    data: bytes = field(repr=False)
    #: ``image/jpeg`` or ``image/png``
    mime: str
    width: int
    height: int
    #: what it shows, for those who cannot see it; may be empty
    alt: str = ""

    @property
    def digest(self) -> str:
        """Its name by content: the same bytes have the same one."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A picture that a platform was given before any post shows it."""

    #: the platform's name of it
    name: str
    #: for how long the name is good; None: for good
    lasts: timedelta | None = None
    #: how long the platform works on it before a post may show it
    ready_in: timedelta = timedelta(0)
    #: how long no other picture may be handed over; zero: it may
    rest: timedelta = timedelta(0)
