"""What the loopback X charges, in thousandths of a dollar. Must not decide what a request may do.

Prices: X's pay-per-use list since 20 April 2026. Refused requests are not charged, and a link without a scheme is
charged as a link; X says neither.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from distributor.sandbox.x.options import Options

#: thousandths of a dollar
CREATE, CREATE_WITH_LINK, SUMMONED_REPLY, DELETE, METADATA = 15, 200, 10, 10, 5
POST_READ, USER_READ, OWNED_READ = 5, 10, 1


@dataclass(kw_only=True)
class Books:
    """The account's spending; ``balance`` itself is an option."""

    spent: int = 0
    by_month: dict[str, int] = field(default_factory=dict)
    #: resources read today (UTC): reading them again is free
    read: dict[str, set[str]] = field(default_factory=dict)
    #: post reads by UTC day, for the usage endpoint
    reads_by_day: dict[str, int] = field(default_factory=dict)

    def charge(self, price: int, at: datetime) -> None:
        """Book so many thousandths."""
        month = f"{at:%Y-%m}"
        self.spent += price
        self.by_month[month] = self.by_month.get(month, 0) + price

    def is_empty(self, options: Options, at: datetime) -> bool:
        """Whether the money is gone, or this month's spending limit is reached."""
        limit = options.spending_limit
        over = limit is not None and self.by_month.get(f"{at:%Y-%m}", 0) >= round(limit * 1000)
        return over or self.left(options) <= 0

    def left(self, options: Options) -> int:
        """Thousandths of a dollar that are left."""
        return round(options.balance * 1000) - self.spent

    def unread(self, resources: list[str], at: datetime) -> list[str]:
        """Those that were not read yet on this UTC day."""
        seen = self.read.get(f"{at:%Y-%m-%d}", set())
        return [resource for resource in dict.fromkeys(resources) if resource not in seen]

    def note(self, resources: list[str], at: datetime) -> None:
        """Remember what was read; other days are forgotten."""
        day = f"{at:%Y-%m-%d}"
        self.read = {day: self.read.get(day, set()) | set(resources)}
        posts = sum(resource.startswith("post:") for resource in resources)
        self.reads_by_day[day] = self.reads_by_day.get(day, 0) + posts
