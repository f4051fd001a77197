"""Scripted faults: a queue of rules that says which request goes wrong, and how. Must not touch a socket itself.

"before" actions never run the platform, "after" actions run (and commit) it first; the client cannot tell them apart,
only the journal can.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from typing import Any

#: every action, and whether the platform runs (and so commits) when the rule does not say
ACTIONS: Mapping[str, bool] = {
    "hang_before": False,
    "hang_after": True,
    "delay_before": True,
    "delay_after": True,
    "reset_before": False,
    "reset_after": True,
    "lost_response": True,
    "truncate_body": True,
    "bad_json_200": True,
    "html_502": False,
    "html_503": False,
    "slow_body": True,
    "status": False,
    "status_after": True,
    "rate_limit": False,
    "drop_keepalive": True,
}
#: actions that replace the answer only, so that a rule may choose whether the platform runs first
EITHER = frozenset({"bad_json_200", "html_502", "html_503"})


@dataclass(kw_only=True)
class Rule:
    """One scripted fault: what it matches, when it fires, what it does; it counts its own hits."""

    action: str
    #: HTTP method, or the SMTP verb; empty matches all
    method: str = ""
    #: part of the path with its query, or the SMTP position (connect, ehlo, auth, mail, rcpt, data, dot)
    path: str = ""
    #: part of the body, or of the SMTP command line (an address, for instance)
    contains: str = ""
    #: the first matching request that is hit, counted from 1
    nth: int = 1
    #: how many matching requests are hit from there on; None is all of them
    times: int | None = 1
    #: how long to hang, to delay (forgotten rules end their delays), to stretch a body; for ``rate_limit`` the
    #: announced wait (None: not announced)
    seconds: float | None = None
    status: int = 500
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    #: each match is hit with this chance only, drawn from ``seed``
    probability: float = 1.0
    seed: int = 0
    #: whether the platform runs first; None is the action's own way
    after: bool | None = None
    #: a name of the script's own, shown in the request log
    name: str = ""
    matched: int = 0
    fired: int = 0

    def __post_init__(self) -> None:
        """Refuse a rule that could not work. Raises ValueError."""
        if self.action not in ACTIONS:
            raise ValueError(f"unknown action {self.action!r}; known: {', '.join(ACTIONS)}")
        if self.after is not None and self.action not in EITHER and self.after != ACTIONS[self.action]:
            raise ValueError(f"{self.action} cannot be told when to run the platform")
        if not 0.0 <= self.probability <= 1.0 or self.nth < 1 or (self.times is not None and self.times < 1):
            raise ValueError("probability is 0 to 1, nth and times are at least 1")
        self._random = random.Random(self.seed)  # noqa: S311 - a repeatable script, not a secret
        self._forgotten = asyncio.Event()

    @property
    def runs(self) -> bool:
        """Whether the platform handles (and commits) the request."""
        return ACTIONS[self.action] if self.after is None else self.after

    async def delay(self) -> None:
        """Wait as long as the rule says, or until it is forgotten."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.seconds or 0.0):
                await self._forgotten.wait()

    def forget(self) -> None:
        """End the delays under way."""
        self._forgotten.set()

    def hits(self, method: str, path: str, content: str) -> bool:
        """Whether this request is hit; counts the match and the hit."""
        if not self._matches(method, path, content):
            return False
        self.matched += 1
        late = self.times is not None and self.fired >= self.times
        if self.matched < self.nth or late or self._random.random() >= self.probability:
            return False
        self.fired += 1
        return True

    def _matches(self, method: str, path: str, content: str) -> bool:
        return (
            self.method.upper() in ("", method.upper())
            and self.path.lower() in path.lower()
            and self.contains in content
        )


_SPEC = {f.name for f in fields(Rule)} - {"matched", "fired"}


class Faults:
    """The script of one platform: rules in order; the first that hits a request decides it."""

    def __init__(self) -> None:
        """Begin without faults."""
        self.rules: list[Rule] = []

    def add(self, spec: Mapping[str, Any]) -> Rule:
        """Append a rule from its JSON object. Raises ValueError for an unknown key or a rule that cannot work."""
        unknown = sorted(set(spec) - _SPEC)
        if unknown or "action" not in spec:
            raise ValueError(f"unknown keys {unknown}" if unknown else "a rule needs an action")
        rule = Rule(**spec)
        self.rules.append(rule)
        return rule

    def match(self, method: str, path: str, content: str = "") -> Rule | None:
        """The rule that decides this request, if any; asked once for every request."""
        for rule in self.rules:
            if rule.hits(method, path, content):
                return rule
        return None

    def clear(self) -> None:
        """Forget the script; what it delays goes on."""
        for rule in self.rules:
            rule.forget()
        self.rules.clear()

    def dump(self) -> list[dict[str, Any]]:
        """The rules with their counts of matches and hits."""
        return [{f.name: getattr(rule, f.name) for f in fields(rule)} for rule in self.rules]
