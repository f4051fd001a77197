"""Dates of feeds as instants. Must never guess: a date without a zone is not an instant."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Final
from zoneinfo import ZoneInfo

from distributor.text.moments import names_clock, names_date, read_moment

#: hours east of Greenwich for names that RFC 5322 does not know and that mean one thing everywhere
_ZONES: Final = {"WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3, "JST": 9}
#: names that mean UTC: RFC 5322 section 4.3, and what ISO 8601 writers put behind a space
_UTC_NAMES: Final = frozenset({"Z", "UT", "UTC", "GMT"})
#: before this no newsroom had a feed; an unset clock says 1970
_EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)


def instant(text: str) -> datetime | None:
    """The instant that a feed's date means, in UTC; None for one without a zone, without a time, or not believable.

    RFC 5322 (RSS) and RFC 3339 / ISO 8601 (Atom, Dublin Core). ``-0000`` and ``-00:00`` say UTC (RFC 5322 section
    3.3, RFC 3339 section 4.3). Other named zones than those of the RFC count only where the name is unambiguous.
    """
    tidy = " ".join(text.split())[:100]
    try:
        found = _iso(tidy) if re.match(r"\d{4}-?\d\d", tidy) else _mail(tidy)
        found = found.astimezone(UTC) if found is not None else None
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
    return found if found is not None and found >= _EARLIEST else None


def _iso(text: str) -> datetime | None:
    """RFC 3339 and the shapes near it."""
    moment, zone = _without_name(text)
    # five digits of a second and more are cut: Python reads at most six
    moment = re.sub(r"(\.\d{6})\d+", r"\1", moment.replace(",", "."))
    found = datetime.fromisoformat(re.sub(r" (?=[+-]\d\d:?\d\d$)", "", moment))
    return found if found.tzinfo else _in(found, zone)


def _mail(text: str) -> datetime | None:
    """RFC 5322; a comment behind the zone, such as ``(MSK)``, is one."""
    bare = re.sub(r" ?\([^()]*\)$", "", text)
    moment, zone = _without_name(bare)
    if zone is not None:
        return _in(parsedate_to_datetime(f"{moment} +0000").replace(tzinfo=None), zone)
    found = parsedate_to_datetime(bare)
    if found.tzinfo is None and re.search(r"-0000$", bare):
        return found.replace(tzinfo=UTC)
    return found if found.tzinfo else None


def _without_name(text: str) -> tuple[str, timezone | None]:
    """The text without the name of its zone, and that zone."""
    head, _, name = text.rpartition(" ")
    upper = name.upper()
    if upper in _UTC_NAMES and head:
        return head, UTC
    if upper in _ZONES and head:
        return head, timezone(timedelta(hours=_ZONES[upper]))
    return text, None


def _in(moment: datetime, zone: timezone | None) -> datetime | None:
    """The wall clock in a zone; None where no zone is known."""
    return None if zone is None else moment.replace(tzinfo=zone)


def moment(text: str, zone: str = "") -> datetime | None:
    """Like :func:`instant`, also for dates as people write them: "02 October 2026, 11:54".

    ``zone`` (IANA) is that of the site's own clock; without it a text that names no zone is no instant. A day without
    a year or without a time of day never is one.
    """
    tidy = " ".join(text.split())[:100]
    found = instant(tidy) or _local(tidy, zone) or _spoken(tidy, zone)
    return found if found is not None and found >= _EARLIEST else None


def _local(text: str, zone: str) -> datetime | None:
    """An ISO 8601 wall clock in the site's zone."""
    if not zone or not re.match(r"\d{4}-?\d\d-?\d\d[T ]\d", text):
        return None
    try:
        wall = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text.replace(",", ".")))
        return None if wall.tzinfo else wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _spoken(text: str, zone: str) -> datetime | None:
    """A date in words with its year and its time of day."""
    if not (re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", text) and names_clock(text) and names_date(text)):
        return None
    try:
        if zone:
            found = [read_moment(text, datetime(2000, 1, 1, tzinfo=ZoneInfo(zone)))]
        else:  # a text that names its own zone means the same whatever ours is
            found = [read_moment(text, datetime(2000, 1, 1, tzinfo=timezone(timedelta(hours=east)))) for east in (0, 1)]
        first, last = found[0], found[-1]
        return first.astimezone(UTC) if first is not None and first == last else None
    except (ValueError, OverflowError):
        return None
