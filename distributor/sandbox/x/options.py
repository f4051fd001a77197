"""The knobs of the loopback X, with X's own behaviour as their defaults. Must not hold any state of the accounts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Options:
    """What ``configure`` may change; durations in seconds, money in dollars."""

    #: every rate limit is multiplied by this (and never switched off)
    factor: float = 1.0
    #: ``pay_per_use``, or ``legacy``: daily caps with their own headers
    profile: str = "pay_per_use"
    #: whether a 429 says when the window ends
    announce_reset: bool = True
    #: shape of a 429: ``problem`` or ``errors``
    rate_limit_body: str = "problem"
    #: how long the same text of the same account is refused; X does not say
    duplicate_window: float = 21_600.0
    #: how long a post is missing from reads
    replication_lag: float = 0.0
    #: whether an account may answer its own posts: ``allow`` or ``deny``; X does not say
    self_reply: str = "allow"
    #: quoting other posts: ``deny`` on self-serve access, ``allow`` beyond
    quote: str = "deny"
    #: edits need X Premium
    premium: bool = False
    #: how long after the first version a post may be edited
    edit_window: float = 3600.0
    #: how often a post may be edited
    edits: int = 5
    #: most weighted units of a post; 25,000 for some Premium accounts
    longest: int = 280
    #: status of the refusal of a longer one: 400 or 403
    too_long_status: int = 400
    #: what the app may do: ``read_write`` or ``read_only``
    access: str = "read_write"
    #: whether the app belongs to a project
    enrolled: bool = True
    #: money on the account when its ledger began
    balance: float = 1000.0
    #: most dollars of one UTC month; None is no limit
    spending_limit: float | None = None
    #: shape of a 402: ``account`` or ``plain``
    credits_body: str = "account"
    #: whether the posting user owns the developer app, which makes reads of the own account cheap
    owned: bool = True
    #: how long X works on an uploaded picture, and on a film or an animation
    image_processing: float = 0.0
    video_processing: float = 5.0
    #: whether that work ends badly
    processing_fails: bool = False
    #: public addresses that a signature may name, parted by blanks
    hosts: str = "https://api.twitter.com https://api.x.com"

    def __post_init__(self) -> None:
        """Refuse values that could not be meant. Raises ValueError."""
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} is one of {', '.join(map(str, allowed))}")
        if not (math.isfinite(self.factor) and self.factor > 0):
            raise ValueError("factor is a number above zero: limits are multiplied, never switched off")
        for name in ("duplicate_window", "replication_lag", "edit_window", "image_processing", "video_processing"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) >= 0):
                raise ValueError(f"{name} is a number of seconds, zero or more")
        if self.edits < 0 or self.longest < 1:
            raise ValueError("edits is zero or more, longest at least 1")


_CHOICES: Mapping[str, tuple[Any, ...]] = {
    "profile": ("pay_per_use", "legacy"),
    "rate_limit_body": ("problem", "errors"),
    "self_reply": ("allow", "deny"),
    "quote": ("allow", "deny"),
    "too_long_status": (400, 403),
    "access": ("read_write", "read_only"),
    "credits_body": ("account", "plain"),
}
_KINDS: Mapping[str, tuple[type, ...]] = {
    "float": (int, float),
    "float | None": (int, float, type(None)),
    "int": (int,),
    "str": (str,),
    "bool": (bool,),
}


def changed(options: Options, values: Mapping[str, Any]) -> Options:
    """The options with some of them changed. Raises ValueError for an unknown name or a wrong value."""
    known = {field.name: _KINDS[str(field.type)] for field in fields(Options)}
    for name, value in values.items():
        if name not in known:
            raise ValueError(f"unknown option {name!r}; known: {', '.join(known)}")
        if not isinstance(value, known[name]) or (isinstance(value, bool) and bool not in known[name]):
            raise ValueError(f"{name} cannot be {value!r}")
    return replace(options, **values)
