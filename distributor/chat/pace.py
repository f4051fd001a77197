"""How fast the chat may be written to. Pure; must not keep a clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

#: Telegram takes twenty messages a minute in a group, and about one a second for longer than a moment (Bots FAQ); what
#: alerts and copies need beside the cards is left to them.
WINDOWS = ((timedelta(minutes=1), 15), (timedelta(seconds=5), 5))


def wait(sent: Sequence[datetime], now: datetime) -> timedelta:
    """How long the next message must wait after those sent so far, oldest first."""
    waits = [timedelta(0)]
    for window, most in WINDOWS:
        if len(sent) >= most:
            waits.append(min(window, sent[-most] + window - now))  # a clock that was set back makes nobody wait longer
    return max(waits)
