"""By which relays a mail goes, in order, or what it waits for. Must not look at a clock or a store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from distributor.model.mail import RelayTerms
from distributor.rules.mail.quotas import Uses, room

#: How long a relay is left alone that could not be reached: 1, 2, 4 ... 15 minutes.
FIRST_REST, LONGEST_REST = timedelta(minutes=1), timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """A relay that is left alone."""

    #: troubles in a row
    count: int
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """The relays that may have a mail, the best first; none: it waits."""

    relays: tuple[str, ...] = ()
    #: how many the first may take; None: without limit
    left: int | None = None
    until: datetime | None = None
    reason: str = ""


def ways(terms: Sequence[RelayTerms], uses: Mapping[str, Uses], rests: Mapping[str, datetime], now: datetime) -> Ways:
    """The relays with room, by priority; ``rests`` says which are left alone and until when.

    So what is above a new relay's allowance goes by the old one, or waits where there is none.
    """
    open_ones: list[tuple[str, int | None]] = []
    closed: list[tuple[datetime, str]] = []
    for one in sorted(terms, key=lambda one: one.priority):
        found = room(one, uses.get(one.name, ()), now)
        rest = rests.get(one.name)
        if rest is not None and rest > now:
            closed.append((rest, f"relay {one.name} is left alone"))
        elif found.left == 0 and found.opens is not None:
            closed.append((found.opens, f"relay {one.name}: {found.reason}"))
        else:
            open_ones.append((one.name, found.left))
    if open_ones:
        return Ways(relays=tuple(name for name, _ in open_ones), left=open_ones[0][1])
    until = min(at for at, _ in closed)
    return Ways(until=until, reason="; ".join(reason for _, reason in closed))


def rest(count: int, asked: timedelta | None) -> timedelta:
    """How long a relay is left alone after so many troubles in a row, or as long as it asked for."""
    return asked or min(LONGEST_REST, FIRST_REST * 2 ** min(count - 1, 8))
