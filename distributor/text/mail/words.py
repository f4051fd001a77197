"""The words of servers, mail programs and readers about mails that came back (data/returns.toml). Must not judge."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files


@cache
def _tables() -> dict[str, Sequence[str]]:
    return tomllib.loads((files("distributor.text") / "data" / "returns.toml").read_text(encoding="utf-8"))


@cache
def pattern(name: str, frame: str = "{}") -> re.Pattern[str]:
    """One list as a pattern, whatever the case; ``frame`` is what stands around the whole of it."""
    return re.compile(frame.format("(?:" + "|".join(_tables()[name]) + ")"), re.IGNORECASE | re.MULTILINE)


def says(name: str, text: str) -> bool:
    """Whether a text has any words of a list."""
    return pattern(name).search(text) is not None
