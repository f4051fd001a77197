"""What is planned behind the fence of a restored store: nothing of it may leave before somebody knows better. Decides
nothing about a platform's answer.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from distributor.model import Change, ChangeKind, DeliveryIntent, State
from distributor.rules.queue.holds import EMBARGO, UNDO

#: How the reason of every row behind the fence begins.
RESTORE = "restore:"
#: Why what a restored store believes to be unsent is not sent.
REASON = f"{RESTORE} the store that was replaced may have sent it"


def is_doubtful(change: Change, fenced_at: datetime | None, *, is_first: bool) -> bool:
    """Whether a store that was replaced (at ``fenced_at``; None: none was) may have sent what a feed brings.

    At the feed's first reading since (``is_first``) all of it. Later what was published before, whenever the feed shows
    it for the first time: a feed may leave out, or somebody push anew, what another reading had; and of a story that is
    known, what was changed before. What has no date is only in doubt at first.
    """
    if is_first or fenced_at is None:
        return is_first
    told = change.article.published if change.kind is ChangeKind.NEW else change.article.updated
    return told is not None and told < fenced_at


def in_doubt(intents: Sequence[DeliveryIntent], askable: Collection[str]) -> Sequence[DeliveryIntent]:
    """The same decisions with all that would leave in doubt; skipped ones stay.

    The platforms of ``askable`` are asked; elsewhere, and where it would have waited for a person, a person decides.
    """
    return [_doubtful(intent, askable) if intent.state is not State.SKIPPED else intent for intent in intents]


def _doubtful(intent: DeliveryIntent, askable: Collection[str]) -> DeliveryIntent:
    was_held = intent.state is State.HELD and intent.held_by not in (EMBARGO, UNDO)
    told = f"{REASON} (it would have been held by {intent.held_by}: {intent.reason})" if was_held else REASON
    look_at = intent.due_at if intent.channel in askable and not was_held else None
    return replace(intent, state=State.UNKNOWN, reason=told, held_by="", held_until=None, look_at=look_at)
