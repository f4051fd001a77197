"""What X's answers mean. Pure; must not ask for anything, nor decide what becomes of a post."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from distributor.channels._answer import Answer, until
from distributor.channels._reason import because
from distributor.errors import (
    AlreadyThere,
    ChannelError,
    OutOfCredit,
    RateLimited,
    Rejected,
    Unauthorized,
    UnknownOutcome,
)
from distributor.model import Quota
from distributor.secret import Secret

#: header families that each end in -limit, -remaining and -reset; the last two belong to the daily limits
FAMILIES = ("x-rate-limit", "x-app-limit-24hour", "x-user-limit-24hour")
#: what each family counts, in words, and whether it counts for all accounts of the app; the common family is the
#: account's (platforms differ in what they show there, and an account that waits can at most make another ask once)
_COUNTS = {
    "x-rate-limit": ("this quarter of an hour", False),
    "x-app-limit-24hour": ("the app's day", True),
    "x-user-limit-24hour": ("the account's day", False),
}
#: last path segment of a 403's ``type`` where the app or its keys lack a right, not the post
RIGHTS = frozenset({"oauth1-permissions", "client-forbidden", "unsupported-authentication"})
#: how the reason of a refused repetition begins
DUPLICATE = "duplicate:"


class NotThere(Rejected):
    """X knows no such post (404)."""


@dataclass(frozen=True, kw_only=True)
class Scopes:
    """Whose limits an account shares: names that tell the same keys from others and show none of them."""

    app: str = ""
    user: str = ""

    @classmethod
    def of(cls, api_key: Secret, access_token: Secret) -> Scopes:
        """The app is known by its key, the account by its access token."""
        return cls(app=f"twitter:app:{_mark(api_key)}", user=f"twitter:user:{_mark(access_token)}")


def _mark(secret: Secret) -> str:
    return hashlib.sha256(secret.reveal().encode()).hexdigest()[:12]


def judge(answer: Answer, now: datetime, whose: Scopes = Scopes()) -> ChannelError | None:
    """What X's answer means; None for an acceptance. ``now`` counts where the answer carries no Date."""
    reason = because(f"X answered {answer.status}", detail(answer))
    match answer.status:
        case 401:
            return Unauthorized(reason)
        case 402:
            return OutOfCredit(reason)
        case 403:
            return _forbidden(answer, reason)
        case 404:
            return NotThere(reason)
        case 429:
            latest = max(used_up(answer, now, whose), key=lambda quota: quota.wait, default=None)
            scope = latest.scope if latest else whose.user
            return RateLimited(reason, retry_after=wait(answer, now), scope=scope)
        case status if status >= 500:
            return UnknownOutcome(reason)
    return None if answer.accepted else Rejected(reason)


def wait(answer: Answer, now: datetime) -> timedelta | None:
    """How long X asks to wait: the latest reset among the used-up families, else the plain one, else None.

    A 429 of a daily limit still carries the reset of the 15-minute window, so that one alone would come too early.
    """
    spent = [quota.wait for quota in used_up(answer, now, Scopes())]
    return max(spent, default=None) or _reset(answer, FAMILIES[0], now)


def used_up(answer: Answer, now: datetime, whose: Scopes) -> tuple[Quota, ...]:
    """The limits of which nothing remains, each until its reset by X's own clock; also on an answer that accepts."""
    found = []
    for family, (counts, is_apps) in _COUNTS.items():
        until_reset = _reset(answer, family, now)
        if answer.number(f"{family}-remaining") == 0 and until_reset is not None:
            scope = whose.app if is_apps else whose.user
            found.append(Quota(scope=scope, wait=until_reset, reason=f"X: nothing is left of {counts}"))
    return tuple(found)


def _reset(answer: Answer, family: str, now: datetime) -> timedelta | None:
    reset = answer.number(f"{family}-reset")
    try:
        return None if reset is None else until(datetime.fromtimestamp(reset, UTC), answer, now)
    except (ValueError, OverflowError, OSError):  # a year that no calendar has
        return None


def _forbidden(answer: Answer, reason: str) -> ChannelError:
    """403 is three things on X: a repeated text, a missing right of the app, or a refusal of this post."""
    if "duplicate" in detail(answer).lower():
        return AlreadyThere(f"{DUPLICATE} {reason}")
    problem = text(answer.document(), "type").rstrip("/").rpartition("/")[2]
    return Unauthorized(reason) if problem in RIGHTS else Rejected(reason)


def data(answer: Answer) -> dict[str, object]:
    """The ``data`` of an answer; empty where it holds none."""
    found = answer.document().get("data")
    return found if isinstance(found, dict) else {}


def detail(answer: Answer) -> str:
    """X's own words: ``errors[0].message`` says more than ``detail`` where both stand."""
    document = answer.document()
    errors = document.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else {}
    said = text(first, "message") or text(first, "detail") if isinstance(first, dict) else ""
    return said or text(document, "detail") or text(document, "title")


def text(values: dict[str, Any], key: str) -> str:
    """A value that is text; empty for anything else."""
    value = values.get(key)
    return value if isinstance(value, str) else ""
