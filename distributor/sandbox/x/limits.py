"""X's rate windows: who asked how often, and what the headers say. Must not know what an endpoint does.

The figures are those of X's page of August 2026; X's own pages contradict each other, and the headers are the truth.
Where no page gives a figure (token, status, single posts) the one here is this sandbox's assumption.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from distributor.sandbox.x.options import Options

#: seconds of a window and of a day
QUARTER, DAY = 900.0, 86_400.0


@dataclass(frozen=True, kw_only=True)
class Quota:
    """How often one endpoint may be called: by one user in a quarter of an hour, by the app in ``app_span`` seconds."""

    user: int
    app: int | None = None
    app_span: float = DAY
    #: daily caps of the legacy access levels (Basic): by one user, by the app
    legacy_user: int | None = None
    legacy_app: int | None = None


QUOTAS: Mapping[str, Quota] = {
    "create": Quota(user=100, app=10_000, legacy_user=100, legacy_app=1667),
    "delete": Quota(user=50, legacy_user=50),
    "lookup": Quota(user=900),
    "timeline": Quota(user=900, app=10_000, app_span=QUARTER),
    "me": Quota(user=75, legacy_user=250),
    "upload": Quota(user=500, app=50_000, legacy_user=85),
    "chunk": Quota(user=1875, app=180_000),
    "metadata": Quota(user=500, app=50_000),
    "usage": Quota(user=50),
    "token": Quota(user=500),
    "other": Quota(user=900),
}


@dataclass(kw_only=True)
class Window:
    """One counter: calls since it began; it ends ``span`` seconds later."""

    limit: int
    span: float
    began: float
    used: int = 0

    @property
    def ends(self) -> int:
        """When it ends, as Unix seconds."""
        return math.ceil(self.began + self.span)

    @property
    def left(self) -> int:
        """Calls that may still be made."""
        return max(0, self.limit - self.used)


@dataclass(kw_only=True)
class Counters:
    """All windows of all callers, by (family, endpoint, caller)."""

    windows: dict[tuple[str, str, str], Window] = field(default_factory=dict)

    def families(self, endpoint: str, user: str, options: Options, now: float) -> dict[str, Window]:
        """The windows that one call falls into, by family, as they stand at ``now`` (Unix seconds)."""
        quota = QUOTAS[endpoint]
        wanted: dict[str, tuple[int | None, float, str]] = {
            "user": (quota.user, QUARTER, user),
            "app": (quota.app, quota.app_span, ""),
        }
        if options.profile == "legacy":
            wanted["user-24hour"] = (quota.legacy_user, DAY, user)
            wanted["app-24hour"] = (quota.legacy_app, DAY, "")
        return {
            family: self._window((family, endpoint, caller), max(1, round(limit * options.factor)), span, now)
            for family, (limit, span, caller) in wanted.items()
            if limit is not None
        }

    def _window(self, key: tuple[str, str, str], limit: int, span: float, now: float) -> Window:
        window = self.windows.get(key)
        if window is None or not window.began <= now < window.began + window.span:
            window = self.windows[key] = Window(limit=limit, span=span, began=now)
        window.limit, window.span = limit, span
        return window


def count(families: Mapping[str, Window]) -> None:
    """Count one call in every window."""
    for window in families.values():
        window.used += 1


def headers(families: Mapping[str, Window]) -> dict[str, str]:
    """The headers of an answer.

    The common ones show the user's quarter of an hour, or the app's window once that alone is used up; the daily ones
    stand beside them, so that a call refused by the day still shows the quarter's reset, as X does.
    """
    shown = families["user"]
    app = families.get("app")
    if app is not None and app.left == 0 and shown.left > 0:
        shown = app
    named = {"x-rate-limit": shown}
    for family, name in (("user-24hour", "x-user-limit-24hour"), ("app-24hour", "x-app-limit-24hour")):
        if family in families:
            named[name] = families[family]
    return {
        f"{name}-{kind}": str(value)
        for name, window in named.items()
        for kind, value in (("limit", window.limit), ("remaining", window.left), ("reset", window.ends))
    }
