"""What of a channel's queue may leave now, and what waits, until when and why. Must not look at a clock or a store.

::

    queue -> freshness -> budget -> what waits for nothing (flashes, alerts, follow-ups, what has left once) -> go
                                 -> quiet hours -> slots -> pacing -> fair share -> go | held(by, until, why)

docs/gates.md says, gate by gate, what a flash passes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from distributor.model import FLASH, Act, ChannelPolicy, Decision, Held, History, Stale, Waiting
from distributor.rules.queue.budget import Budget
from distributor.rules.queue.freshness import triage
from distributor.rules.queue.pacing import Opening, Pacing, in_turn
from distributor.rules.queue.timing import slot_name

#: What readers see as a post of its own, and what therefore keeps its distance.
PACED = (Act.POST, Act.ROUNDUP)


class Gates:
    """All gates of one channel."""

    def __init__(self, policy: ChannelPolicy, *, in_shadow: bool = False) -> None:
        """``policy`` is the operator's; ``in_shadow`` counts what would have left as if it had."""
        self.policy = policy
        self.in_shadow = in_shadow
        self._zone = ZoneInfo(policy.zone)
        self._budget = Budget(policy)
        self._pacing = Pacing(policy)

    @property
    def matters(self) -> bool:
        """Whether this policy can hold, skip or reorder anything; where it cannot, a claim need not ask."""
        policy = self.policy
        budgets = (policy.budget_per_day, policy.budget_per_month)
        triages = policy.stale is not Stale.SEND or policy.fold_above > 0
        return self._pacing.limits or policy.quiet_silent or triages or budgets != (None, None)

    def since(self, now: datetime) -> tuple[datetime, datetime]:
        """When the present day and month began in the policy's zone."""
        return self._budget.since(now)

    def is_silent(self, priority: int, now: datetime) -> bool:
        """Whether what leaves now leaves without a sound: in quiet hours that do not hold, and never a flash."""
        return self.policy.quiet_silent and priority > FLASH and self._pacing.is_quiet(now)

    def decide(self, waiting: Sequence[Waiting], history: History, now: datetime) -> Decision:
        """What becomes of the queue at this instant.

        While something leaves, what waits behind it stands nowhere: how long it waits is known only once that has
        left, or has failed to.
        """
        fresh = triage(waiting, self.policy, now, slot=slot_name(now, self._zone))
        rows, held = self._budget.share(fresh.kept, history, now)
        go: Sequence[Waiting] = [row for row in rows if _waits_for_nothing(row)]
        if rows and not go:
            opening = self._opening(rows, history, now)
            if opening.at <= now:
                go = self._next(rows, history, now)
            else:
                held.append(self._held(rows, opening, now))
        return Decision(go=tuple(row.id for row in go), held=held, skipped=fresh.skipped)

    def _next(self, rows: Sequence[Waiting], history: History, now: datetime) -> Sequence[Waiting]:
        """Who leaves, now that the time has come: all in turn where nothing is paced, otherwise the best."""
        seen, fair = history.categories, self.policy.fair_share
        if not self._pacing.limits:
            return list(in_turn(rows, seen, fair=fair))
        slot = self._pacing.slot(now)
        came = [row for row in rows if slot is None or row.planned_at <= slot]
        return [next(in_turn(came, seen, fair=fair))]

    def _opening(self, rows: Sequence[Waiting], history: History, now: datetime) -> Opening:
        if not self._pacing.limits:
            return Opening(at=now)
        first = min(row.planned_at for row in rows)
        return self._pacing.opening(history.started, now, since=first)

    def _held(self, rows: Sequence[Waiting], opening: Opening, now: datetime) -> Held:
        reason = f"{opening.reason}: not before {spoken(opening.at, now, self._zone)}"
        return Held(ids=tuple(row.id for row in rows), by=opening.by, reason=reason, until=opening.at)


def spoken(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """An instant in the desk's zone, for people; with its day where that is not today."""
    local = at.astimezone(zone)
    style = "%H:%M" if local.date() == now.astimezone(zone).date() else "%Y-%m-%d %H:%M"
    # what is not a whole minute would read as if it were past when it comes
    return f"{local:{style if not local.second else style + ':%S'}} ({zone.key})"


def _waits_for_nothing(row: Waiting) -> bool:
    return row.priority <= FLASH or row.doubts > 0 or row.follows or row.act not in PACED
