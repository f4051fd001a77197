"""What a stop covers. Must not look at a clock or a store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from distributor.model import Stop


class Resumption(StrEnum):
    """What becomes of what has piled up when a stop is lifted."""

    SEND = "send"
    #: told together in one round-up; what cannot be folded is sent
    FOLD = "fold"
    DROP = "drop"


def covers(stop: Stop, channel: str, categories: Iterable[str]) -> bool:
    """Whether a stop in force holds what carries stories of these categories on a channel; letters count alike."""
    if stop.channel and stop.channel != channel:
        return False
    return not stop.category or stop.category.casefold() in {name.casefold() for name in categories}


def covering(stops: Sequence[Stop], channel: str, categories: Iterable[str]) -> Stop | None:
    """The stop that holds it: the one that lasts longest (without an end), for it decides when it may go."""
    found = [stop for stop in stops if covers(stop, channel, categories)]
    return max(found, key=lambda stop: (stop.until is None, stop.until or stop.at, -stop.id), default=None)


def why(stop: Stop) -> str:
    """The reason of what a stop holds."""
    return f"stopped by {stop.who}: {stop.reason}"
