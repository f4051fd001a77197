"""What a server answered, and the arithmetic of its clocks. Pure; must not read a clock or a socket."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

#: no believable wait is longer; longer ones are a broken clock or a joke
LONGEST_WAIT = timedelta(days=31)
#: clocks in headers count whole seconds, so an earlier return could fall into the same second
SHORTEST_WAIT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP answer."""

    status: int
    #: names in lower case
    headers: Mapping[str, str]
    body: bytes

    @property
    def accepted(self) -> bool:
        """Whether the status is 2xx (RFC 9110 section 15.3)."""
        return 200 <= self.status < 300

    def document(self) -> dict[str, object]:
        """The JSON object of the body; empty when the body is anything else."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}

    def number(self, name: str) -> int | None:
        """The header as a whole number; None when it is absent or is not one."""
        value = self.headers.get(name, "").strip()
        return int(value) if value.isascii() and value.isdigit() and len(value) <= 12 else None


def moment(text: str) -> datetime | None:
    """An HTTP date (RFC 9110 section 5.6.7) as an aware instant; None for anything else."""
    try:
        value = parsedate_to_datetime(text)
    except (ValueError, OverflowError, IndexError):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def their_now(answer: Answer, now: datetime) -> datetime:
    """The server's own present, from its Date header, so that the two clocks may disagree; else ``now``."""
    return moment(answer.headers.get("date", "")) or now


def until(instant: datetime, answer: Answer, now: datetime) -> timedelta:
    """How long until ``instant`` on the server's clock, within believable bounds."""
    return bounded(instant - their_now(answer, now))


def bounded(wait: timedelta) -> timedelta:
    """The wait, at least one second and at most a month."""
    return min(max(wait, SHORTEST_WAIT), LONGEST_WAIT)


def retry_after(answer: Answer, now: datetime) -> timedelta | None:
    """The wait of a Retry-After header, in seconds or as a date (RFC 9110 section 10.2.3); None without one."""
    seconds = answer.number("retry-after")
    if seconds is not None:
        return bounded(timedelta(seconds=min(seconds, LONGEST_WAIT.total_seconds())))
    instant = moment(answer.headers.get("retry-after", ""))
    return None if instant is None else until(instant, answer, now)
