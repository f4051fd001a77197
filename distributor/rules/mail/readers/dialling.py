"""What a reader sets on the page of dials, read from a form and checked. Must not look at a clock or a store."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from distributor.model import Choice, Dials, Rhythm, SubscriptionState

#: The values of a form by the name of its field.
Form = Mapping[str, Sequence[str]]

_HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
#: more mails in a day than any newsletter sends
MOST = 100
#: rhythms that have an hour of the reader's
TIMED = (Rhythm.DAILY, Rhythm.WEEKLY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A newsletter as the page offers it."""

    topic: str
    #: that a reader may choose from; none: there is nothing to choose
    sections: tuple[str, ...] = ()
    #: none: it comes as it comes
    rhythms: tuple[Rhythm, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a form says, and the fields that cannot be read."""

    dials: Dials
    #: whether clicks may be counted for this reader
    clicks: bool
    choices: tuple[Choice, ...]
    wrong: tuple[str, ...] = ()


def read_dials(form: Form, offers: Sequence[Offer], languages: Sequence[str]) -> Told:
    """What a form says of these newsletters; a field that cannot be read leaves the newsletter's own choice."""
    wrong: list[str] = []
    zone = _known(form, "zone", _zones(), wrong)
    dials = Dials(
        language=_known(form, "language", languages, wrong),
        zone=zone,
        quiet=_quiet(form, wrong),
        most_per_day=_most(form, wrong),
        text_only=_first(form, "text_only") == "yes",
        paused_until=_day(form, zone, wrong),
    )
    choices = tuple(_choice(form, number, offer, wrong) for number, offer in enumerate(offers))
    return Told(dials=dials, clicks=_first(form, "clicks") == "yes", choices=choices, wrong=tuple(wrong))


def _choice(form: Form, number: int, offer: Offer, wrong: list[str]) -> Choice:
    rhythm = _known(form, f"rhythm-{number}", [one.value for one in offer.rhythms], wrong)
    weekday = _known(form, f"weekday-{number}", "1234567", wrong)
    sections = set(form.get(f"section-{number}", ()))
    chosen = tuple(one for one in offer.sections if one in sections)
    is_wanted = _first(form, f"get-{number}") == "yes"
    return Choice(
        topic=offer.topic,
        state=SubscriptionState.CONFIRMED if is_wanted else SubscriptionState.UNSUBSCRIBED,
        # all of them is no choice: a section that comes later is wanted as well
        sections=() if len(chosen) == len(offer.sections) else tuple(sorted(chosen)),
        rhythm=Rhythm(rhythm) if rhythm else None,
        hour=_hour(form, f"hour-{number}", wrong) or None,
        weekday=int(weekday) if weekday else None,
    )


def _first(form: Form, name: str) -> str:
    return next(iter(form.get(name, ())), "").strip()


@cache
def _zones() -> frozenset[str]:
    """Every zone of this machine; looked up once, for that takes long."""
    return frozenset(available_timezones())


def _known(form: Form, name: str, known: Collection[str], wrong: list[str]) -> str:
    value = _first(form, name)
    if value and value not in known:
        wrong.append(name)
        return ""
    return value


def _hour(form: Form, name: str, wrong: list[str]) -> str:
    value = _first(form, name)[:5]
    if value and _HOUR.fullmatch(value) is None:
        wrong.append(name)
        return ""
    return value


def _quiet(form: Form, wrong: list[str]) -> str:
    """``22:00-07:00``; half of it, or no time between, is none."""
    begin, end = _hour(form, "quiet_from", wrong), _hour(form, "quiet_to", wrong)
    if bool(begin) != bool(end):
        wrong.append("quiet_from" if end else "quiet_to")
    return f"{begin}-{end}" if begin and end and begin != end else ""


def _most(form: Form, wrong: list[str]) -> int | None:
    value = _first(form, "most_per_day")
    if not value:
        return None
    if not (value.isascii() and value.isdigit() and 1 <= int(value[:6]) <= MOST):
        wrong.append("most_per_day")
        return None
    return int(value)


def _day(form: Form, zone: str, wrong: list[str]) -> datetime | None:
    """The first instant of a day in the reader's zone."""
    value = _first(form, "paused_until")
    if not value:
        return None
    try:
        return datetime.combine(date.fromisoformat(value), time(), ZoneInfo(zone or "UTC")).astimezone(UTC)
    except (ValueError, OverflowError):
        wrong.append("paused_until")
        return None
