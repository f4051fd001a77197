"""What somebody may do about a delivery as it stands: which acts fit its state and its hold. Must not know who asks."""

from __future__ import annotations

from collections.abc import Sequence

from distributor.model import Act, State
from distributor.phrases import Phrase
from distributor.rules.queue.holds import DESK, Way, hold_of, may_release, may_skip_queue
from distributor.rules.queue.moving import WAITING


def not_again(posts: Sequence[tuple[State, bool]]) -> str:
    """Why a story may not be posted once more on a channel, in words; empty: it may.

    ``posts`` are the states of all of its posts there, each with whether it was ever in doubt: where one may stand, or
    may still come, another would be there twice.
    """
    if any(state is State.UNKNOWN or (state is State.FAILED and is_doubted) for state, is_doubted in posts):
        return Phrase("an earlier try may have arrived there")
    if not posts or any(state is not State.FAILED for state, _ in posts):
        return Phrase("no post of it failed there, or another stands there or may still come")
    return ""


def fitting(
    state: State, act: Act, held_by: str, *, is_doubted: bool = False, is_lost: bool = False
) -> tuple[str, ...]:
    """The calls that would do something about a delivery, the usual one first.

    ``is_doubted``: it may have left before, so its words can be no others. ``is_lost``: it may go out again
    (:func:`not_again`). What a stop or an issue's own control holds is let go there, and a hold of the desk's would
    hide it.
    """
    if is_lost:
        return ("resend",)
    if state is State.UNKNOWN:
        return ("settle",)
    if state not in WAITING:
        return ()
    way = hold_of(held_by).way if held_by else None
    fits = {
        "approve": way is Way.APPROVE,
        "release": way in (Way.RELEASE, Way.NAMED) and may_release(held_by, named=True),
        "send_now": may_skip_queue(held_by),
        "hold": held_by != DESK and way not in (Way.RESUME, Way.ISSUE),
        "reword": act is Act.POST and not is_doubted,
        "skip": act is not Act.DELETE,
    }
    return tuple(name for name, does in fits.items() if does)
