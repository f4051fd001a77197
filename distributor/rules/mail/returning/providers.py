"""How long mail to a provider rests that refuses us and not its readers. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from distributor.rules.mail.groups import provider_of

FIRST, LONGEST = timedelta(hours=1), timedelta(hours=24)
#: no refusal for so long after a pause: the next one is short again
FORGOTTEN = timedelta(days=2)


def provider_at(address: str) -> str:
    """Who keeps the mailbox of an address: a group of domains, or the domain in lower case."""
    return provider_of(address.rpartition("@")[2])


def rested(count: int, until: datetime | None, now: datetime) -> tuple[int, datetime]:
    """How often a provider has refused us in a row, and until when its mail rests now.

    ``count`` and ``until`` are those of the last pause; what comes while it lasts does not lengthen it, for it is about
    mails that had left before.
    """
    if until is not None and now < until:
        return count, until
    count = 1 if until is None or now - until > FORGOTTEN else count + 1
    return count, now + min(FIRST * 2 ** min(count - 1, 10), LONGEST)
