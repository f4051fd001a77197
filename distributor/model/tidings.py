"""What receivers of webhooks are told, and how they stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from distributor.model.deliveries import Act


class Word(Enum):
    """What can be told of a story."""

    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiding:
    """One event of the chain that is about a story."""

    #: its number in the chain
    event: int
    #: its name outside, which no other event of any store has
    key: str
    at: datetime
    #: the event's own word and detail
    kind: str
    detail: str
    subject_id: int
    #: the story's address and headline as they are now
    story: str
    headline: str
    feed: str
    #: None where it is about the story itself
    delivery_id: int | None
    channel: str
    channel_kind: str
    act: Act | None
    part: int
    remote_id: str
    url: str
    #: how often it was refused before
    tries: int
    #: whether something older of the same story waits
    is_behind: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What a receiver was not told yet."""

    count: int = 0
    #: when the oldest of it happened
    oldest: datetime | None = None
    #: what the oldest that was refused was refused for
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How far a receiver was told."""

    #: the number of the last event that is done with
    event: int
    #: when it last took something
    at: datetime | None
    #: failures in a row
    tries: int
    #: until when it is left alone; None: it is not
    not_before: datetime | None
    #: what its last failure was; empty: there was none since it last took something
    error: str
    #: when it said that it wants no more
    ended_at: datetime | None
