"""The days of one channel: which posts would leave when. Asks the gates that delivery asks, at the instants at which
delivery would ask them, and decides nothing itself. Must not look at a clock or a store.

::

    stories -> routing.plan -> rows -> (instant by instant) gates.decide -> leaves | waits | folded | skipped

A post takes no time, and the platform takes every one. What waits for people's approval has it at once.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from distributor.model import (
    ROUTINE,
    Act,
    Approval,
    ChannelPolicy,
    DeliveryIntent,
    Held,
    History,
    Media,
    Route,
    Skipped,
    State,
    Story,
    Waiting,
)
from distributor.model.forecast import Before, Days, Fate, Foreseen, Queued, Rulebook
from distributor.rules.queue.budget import Budget
from distributor.rules.queue.gates import PACED, Gates
from distributor.rules.queue.holds import EMBARGO
from distributor.rules.queue.pacing import RECENT
from distributor.rules.queue.routing import plan
from distributor.rules.queue.timing import DAY

#: Most rows that a channel's gates look at together, as in delivery.
MOST = 1000
#: Numbers between two rows that were planned, for the round-ups that come between them.
APART = 1000


def own_rules(rulebook: Rulebook, channel: str) -> tuple[tuple[Route, ...], ChannelPolicy]:
    """All that decides about one channel; where it is the same, so is what leaves."""
    routes = tuple(replace(one, channels=(channel,)) for one in rulebook.routes if channel in one.channels)
    return routes, rulebook.policies[channel]


def foresee_channel(channel: str, rulebook: Rulebook, days: Days) -> Sequence[Foreseen]:
    """What becomes of every story of some days, and of what waits already, on one channel."""
    routes, policy = own_rules(rulebook, channel)
    gates, before = Gates(policy), days.before.get(channel, Before())
    run = _Run(channel, policy, before, days)
    is_gated = gates.matters and channel not in rulebook.mails
    # what waits already came before all that comes
    last = max((one.waiting.id for one in before.queue), default=0)
    run.work(_rows(channel, routes, policy, days, run.ended, last), gates if is_gated else None)
    return run.ended


def foresee_queue(
    channel: str, policy: ChannelPolicy, before: Before, begin: datetime, end: datetime
) -> Mapping[int, Foreseen]:
    """What becomes of what waits on one channel already, by its number, if nothing else comes before ``end``.

    ``begin``: before it nothing leaves.
    """
    gates, waiting = Gates(policy), {one.waiting.id for one in before.queue}
    run = _Run(channel, policy, before, Days(begin=begin, end=end, stories=()))
    run.work((), gates if gates.matters else None)
    return {one.number: one for one in run.ended if one.number in waiting}


def _rows(
    channel: str, routes: Sequence[Route], policy: ChannelPolicy, days: Days, ended: list[Foreseen], last: int
) -> Iterator[Queued]:
    """The rows that the stories make, in the order in which they come and numbered behind ``last``; what no route wants
    ends here.
    """
    # people are not foreseen: what they are asked for they grant
    granted = [replace(one, approval=Approval.NONE) for one in routes]
    for place, story in enumerate((one for one in days.stories if one.first_seen_at > days.begin), 1):
        intents = plan(story.article, granted, days.audiences, story.first_seen_at) if granted else ()
        for intent in intents:
            if intent.state is State.SKIPPED:
                ended.append(_ended(channel, story, intent))
            else:
                yield _row(last + place * APART, story, intent, policy)


def free_at(due_at: datetime, held_by: str, until: datetime | None) -> datetime:
    """When what the clock holds comes before its gates: the end of an embargo counts more than a delay."""
    if until is None:
        return due_at
    return until if held_by == EMBARGO else max(due_at, until)


def _ended(channel: str, story: Story, intent: DeliveryIntent) -> Foreseen:
    return Foreseen(
        channel=channel,
        what=Act.POST.value,
        story=story.id,
        headline=story.article.headline,
        url=story.article.url,
        fate=Fate.SKIPPED,
        at=story.first_seen_at,
        reason=intent.reason,
    )


def _row(number: int, story: Story, intent: DeliveryIntent, policy: ChannelPolicy) -> Queued:
    at = free_at(intent.due_at, intent.held_by, intent.held_until)
    waiting = Waiting(
        id=number,
        act=intent.act,
        priority=intent.priority,
        due_at=at,
        planned_at=story.first_seen_at,
        stale_at=intent.stale_at,
        category=intent.category,
    )
    return Queued(
        waiting=waiting,
        subject=story.id,
        headline=story.article.headline,
        url=story.article.url,
        looks_at=at,
        reason=intent.reason,
        has_picture=policy.media is Media.PHOTO and story.article.image is not None,
    )


class _Run:
    """One channel, instant by instant."""

    def __init__(self, channel: str, policy: ChannelPolicy, before: Before, days: Days) -> None:
        self.ended: list[Foreseen] = []
        self._channel = channel
        self._policy = policy
        self._budget = Budget(policy)
        self._days = days
        #: posts that readers have seen, oldest first, with their sections
        self._started = list(reversed(before.started))
        self._sections = list(reversed(before.categories))
        self._spent = (before.spent_today, before.spent_this_month)
        self._since = self._budget.since(days.begin)
        #: what comes later: when it is looked at, its number
        self._later: list[tuple[datetime, int]] = []
        self._known: dict[int, Queued] = {}
        #: what the gates held last, by number
        self._why: dict[int, Held] = {}
        self._roundup = 0
        #: the newest row that was planned
        self._planned = 0
        self._slots: set[str] = set()
        self._take(before.queue)

    def work(self, rows: Iterable[Queued], gates: Gates | None) -> None:
        """Play the days; what is left over waits."""
        for row in rows:
            self._put(row)
        while self._later and self._later[0][0] <= self._days.end:
            now = self._later[0][0]
            self._look(self._due(now), gates, now)
        for number, row in self._known.items():
            held = self._why.get(number)
            at, why = (held.until, held.reason) if held else (row.looks_at, row.reason)
            self._end(row, Fate.WAITS, at, why)

    def _take(self, queue: Sequence[Queued]) -> None:
        """What waits already."""
        for row in sorted(queue, key=lambda one: one.waiting.id):
            self._put(row)
            self._planned = row.waiting.id
            if row.waiting.act is Act.ROUNDUP:
                self._roundup = row.waiting.id
                self._slots.add(row.url)

    def _put(self, row: Queued) -> None:
        self._known[row.waiting.id] = row
        if row.looks_at is not None:
            # what has waited is looked at when the days begin, and never before it is due
            at = max(row.looks_at, self._days.begin, row.waiting.due_at).astimezone(UTC)
            heapq.heappush(self._later, (at, row.waiting.id))

    def _due(self, now: datetime) -> list[int]:
        """The rows whose time has come, as a claim finds them: the most urgent first."""
        found: list[int] = []
        while self._later and self._later[0][0] <= now:
            found.append(heapq.heappop(self._later)[1])
        self._planned = max(self._planned, *found)
        return sorted(found, key=self._turn)

    def _turn(self, number: int) -> tuple[int, datetime, int]:
        row = self._known[number].waiting
        return row.priority, row.due_at, row.id

    def _look(self, due: list[int], gates: Gates | None, now: datetime) -> None:
        """Claim after claim, until nothing may leave any more at this instant."""
        while due:
            if gates is None:
                self._leave(due.pop(0), now)
                continue
            decision = gates.decide([self._known[number].waiting for number in due[:MOST]], self._history(now), now)
            if decision.held or decision.skipped:
                gone = {number for some in decision.held for number in some.ids}
                gone |= {number for some in decision.skipped for number in some.ids}
                due[:] = [number for number in due if number not in gone]
            for held in decision.held:
                self._wait(held)
            folded = [self._skip(due, one, now) for one in decision.skipped]
            # where stories were folded, their round-up has come into the queue, and the gates are asked once more
            if decision.go and not any(folded):
                due.remove(decision.go[0])
                self._leave(decision.go[0], now)

    def _history(self, now: datetime) -> History:
        first = bisect_right(self._started, now - DAY)
        day, month = self._money(now)
        return History(
            started=tuple(reversed(self._started[first:])),
            categories=tuple(reversed(self._sections[first:][-RECENT:])),
            spent_today=day,
            spent_this_month=month,
        )

    def _money(self, now: datetime) -> tuple[int, int]:
        """What is spent of this day and month; each begins anew with nothing."""
        since = self._budget.since(now)
        self._spent = (
            self._spent[0] if since[0] == self._since[0] else 0,
            self._spent[1] if since[1] == self._since[1] else 0,
        )
        self._since = since
        return self._spent

    def _wait(self, held: Held) -> None:
        at = held.until.astimezone(UTC)
        for number in held.ids:
            self._why[number] = held
            heapq.heappush(self._later, (at, number))

    def _skip(self, due: list[int], skipped: Skipped, now: datetime) -> bool:
        """End rows; whether a round-up tells them now."""
        fate = Fate.FOLDED if skipped.folded else Fate.SKIPPED
        for number in skipped.ids:
            self._end(self._known.pop(number), fate, now, skipped.reason)
        if skipped.folded:
            self._fold(due, len(skipped.ids), skipped.slot, now)
        return skipped.folded

    def _fold(self, due: list[int], count: int, slot: str, now: datetime) -> None:
        """Tell stories in the round-up that waits, or in a new one."""
        if self._roundup in self._known:
            row = self._known[self._roundup]
            self._known[self._roundup] = replace(row, tells=row.tells + count)
            return
        name, again = slot, 1
        while name in self._slots:
            again += 1
            name = f"{slot} ({again})"
        self._slots.add(name)
        self._planned += 1
        waiting = Waiting(
            id=self._planned, act=Act.ROUNDUP, priority=ROUTINE, due_at=now, planned_at=now, stale_at=None, category=""
        )
        title = f"round-up {self._channel}"
        row = Queued(waiting=waiting, subject=0, headline=title, url=name, looks_at=now, reason=title, tells=count)
        self._known[row.waiting.id] = row
        self._roundup = row.waiting.id
        insort(due, row.waiting.id, key=self._turn)

    def _leave(self, number: int, now: datetime) -> None:
        row = self._known.pop(number)
        cost = self._budget.expected(row.waiting) + (self._policy.price_picture if row.has_picture else 0)
        day, month = self._money(now)
        self._spent = (day + cost, month + cost)
        if row.waiting.act in PACED:
            self._started.append(now)
            self._sections.append(row.waiting.category)
        self._end(row, Fate.LEAVES, now, row.reason, cost)

    def _end(self, row: Queued, fate: Fate, at: datetime | None, reason: str, cost: int = 0) -> None:
        is_roundup = row.waiting.act is Act.ROUNDUP
        self.ended.append(
            Foreseen(
                channel=self._channel,
                number=row.waiting.id,
                what=row.waiting.act.value,
                story=0 if is_roundup else row.subject,
                headline=row.headline,
                url="" if is_roundup else row.url,
                slot=row.url if is_roundup else "",
                fate=fate,
                at=at,
                reason=reason,
                cost=cost,
                tells=row.tells,
            )
        )
