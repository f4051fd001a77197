"""How long a server says that its answer stays fresh. Must not keep any answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime

_MAX_AGE = re.compile(r"(?:^|[,\s])max-age=\"?(\d{1,10})", re.IGNORECASE)
_NEVER = re.compile(r"(?:^|[,\s])(?:no-cache|no-store)\b", re.IGNORECASE)


def fresh_for(headers: Mapping[str, str]) -> timedelta:
    """The rest of an answer's lifetime (RFC 9111 section 4.2): ``max-age`` less ``Age``; ``Expires`` less ``Date``.

    Zero where the server does not say, or says that its answer must not be used again. ``headers`` in lower case.
    """
    control = headers.get("cache-control", "")
    if _NEVER.search(control):
        return timedelta(0)
    found = _MAX_AGE.search(control)
    if found is not None:
        return max(timedelta(seconds=int(found[1]) - _age(headers)), timedelta(0))
    try:
        until = parsedate_to_datetime(headers["expires"]) - parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError, TypeError):  # "Expires: 0" is common, and means: now
        return timedelta(0)
    return max(until, timedelta(0))


def _age(headers: Mapping[str, str]) -> int:
    text = headers.get("age", "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
