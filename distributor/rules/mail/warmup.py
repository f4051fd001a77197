"""How much a new domain or relay may send: little on its first day, ever more over four weeks. Looks at no clock.

Providers know nobody whom they have not seen; who begins with a hundred thousand mails is taken for a thief. The table
begins with what a person might send, and doubles every two days; after four weeks there is no limit any more.
"""

from __future__ import annotations

from datetime import datetime, timedelta

#: mails on the first and second day, and how long the ramp lasts
FIRST, DAYS = 50, 28
#: mails a day, by day; the first is day 0
SCHEDULE = tuple(FIRST * 2 ** (day // 2) for day in range(DAYS))


def allowance(begun: datetime, now: datetime) -> int | None:
    """Mails that may leave in a day, from its beginning on; None after the last day of the ramp: without limit."""
    day = max(0, (now - begun) // timedelta(days=1))
    return SCHEDULE[day] if day < DAYS else None
