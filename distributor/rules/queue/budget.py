"""What a post costs, and which posts the money reaches: the most urgent first. Must not look at a clock or a store.

Money is counted in millionths of the account's currency, so that no sum is ever off by a rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from distributor.model import Act, ChannelPolicy, Held, History, Links, Message, Waiting
from distributor.text.links import urls

#: The name under which rows wait for money.
GATE = "budget"


def takes_link(policy: ChannelPolicy, priority: int) -> bool:
    """Whether the post of a story so urgent carries its link."""
    if policy.links is Links.TOP:
        return priority <= policy.top_urgency
    return policy.links is Links.ALWAYS


def is_linked(message: Message) -> bool:
    """Whether a platform finds a link in a message: X makes one also of an address without a scheme."""
    return bool(message.link or urls(message.text))


def money(micros: int) -> str:
    """An amount for people, with as many places as it needs and two at least: ``0.20``, ``0.015``."""
    whole, _, places = f"{micros / 1_000_000:.6f}".rstrip("0").partition(".")
    return f"{whole}.{places:0<2}"


def next_day(now: datetime, zone: ZoneInfo) -> datetime:
    """When the next day begins in a zone; where clocks jump over midnight, at the end of the gap."""
    return _begin(now.astimezone(zone).date() + timedelta(days=1), zone)


def next_month(now: datetime, zone: ZoneInfo) -> datetime:
    """When the next month begins in a zone."""
    return _begin((now.astimezone(zone).date().replace(day=28) + timedelta(days=4)).replace(day=1), zone)


def _begin(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


@lru_cache(maxsize=64)  # a queue asks for the same day again and again
def _begun(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When a day and its month began."""
    return _begin(day, zone), _begin(day.replace(day=1), zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """Why the money does not reach for a post, and when there will be more."""

    reason: str
    until: datetime


class Budget:
    """The money of one channel."""

    def __init__(self, policy: ChannelPolicy) -> None:
        """``policy`` holds the prices and the budgets."""
        self._policy = policy
        self._zone = ZoneInfo(policy.zone)
        #: a post with a link never costs less than one without, also where only one price is configured
        self.price_with_link = max(policy.price, policy.price_with_link)

    def since(self, now: datetime) -> tuple[datetime, datetime]:
        """When the present day and month began, for which money is counted."""
        return _begun(now.astimezone(self._zone).date(), self._zone)

    def price(self, message: Message, act: Act = Act.POST) -> int:
        """What an act costs, with a link (:func:`is_linked`) or without.

        A change in place costs nothing: X, which would charge for it, offers none to programs.
        """
        if act is Act.DELETE:
            return self._policy.price_to_delete
        if act is Act.EDIT:
            return 0
        picture = self._policy.price_picture if message.image else 0
        if not self.price_with_link:
            return picture
        return picture + (self.price_with_link if is_linked(message) else self._policy.price)

    def expected(self, waiting: Waiting) -> int:
        """What a row will cost, before its message is known; what has left once is paid."""
        match waiting.act:
            case Act.EDIT:
                return 0
            case _ if waiting.doubts:
                return 0
            case Act.DELETE:
                return self._policy.price_to_delete
        return self.price_with_link if self._shall_link(waiting) else self._policy.price

    def _shall_link(self, waiting: Waiting) -> bool:
        if waiting.act is Act.ROUNDUP:
            return self._policy.roundup_links
        return waiting.act is Act.POST and takes_link(self._policy, waiting.priority)

    def left(self, history: History) -> tuple[int | None, int | None]:
        """What is left of the day's and of the month's budget; None where there is none."""
        return (
            _rest(self._policy.budget_per_day, history.spent_today),
            _rest(self._policy.budget_per_month, history.spent_this_month),
        )

    def posts_left(self, history: History) -> tuple[int | None, int | None]:
        """How many posts the money still reaches for, without a link and with one; None: any number."""
        rests = [rest for rest in self.left(history) if rest is not None]
        left = max(0, min(rests)) if rests else None
        return _times(self._policy.price, left), _times(self.price_with_link, left)

    def lack(self, price: int, history: History, now: datetime) -> Lack | None:
        """Why a post of this price may not leave now; None when it may."""
        day, month = self.left(history)
        if month is not None and price > month:
            return self._lack(price, month, self._policy.budget_per_month, "this month", next_month(now, self._zone))
        if day is not None and price > day:
            return self._lack(price, day, self._policy.budget_per_day, "today", next_day(now, self._zone))
        return None

    def share(self, queue: Sequence[Waiting], history: History, now: datetime) -> tuple[list[Waiting], list[Held]]:
        """Which of a queue (the most urgent first) the money reaches, all of them together; the others wait.

        A flash costs what any post costs and passes nothing here.
        """
        if self._policy.budget_per_day is None and self._policy.budget_per_month is None:
            return list(queue), []
        going: list[Waiting] = []
        waits: dict[Lack, list[int]] = {}
        #: what was found for a price that is too much, with so much reserved
        known: dict[tuple[int, int], Lack | None] = {}
        left, reserved = min(rest for rest in self.left(history) if rest is not None), 0
        for waiting in queue:
            price = self.expected(waiting)
            if not price or reserved + price <= left:
                going.append(waiting)
                reserved += price
                continue
            if (price, reserved) not in known:
                known[price, reserved] = self.lack(price, _with(history, reserved), now)
            lack = known[price, reserved]
            assert lack is not None, "one of the budgets has less left than this costs"
            waits.setdefault(lack, []).append(waiting.id)
        held = [Held(ids=tuple(ids), by=GATE, reason=lack.reason, until=lack.until) for lack, ids in waits.items()]
        return going, held

    def _lack(self, price: int, left: int, budget: int | None, when: str, until: datetime) -> Lack:
        figures = f"{money(price)} needed, {money(max(0, left))} of {money(budget or 0)} left {when}"
        return Lack(reason=f"{GATE}: {figures}", until=until)


def _rest(budget: int | None, spent: int) -> int | None:
    return None if budget is None else budget - spent


def _times(price: int, left: int | None) -> int | None:
    return left // price if price and left is not None else None


def _with(history: History, reserved: int) -> History:
    return History(spent_today=history.spent_today + reserved, spent_this_month=history.spent_this_month + reserved)
