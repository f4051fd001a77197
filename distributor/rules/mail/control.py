"""What somebody's word means for one issue. Must not look at a clock or a store.

::

    stop:    before its first mail, or after a halt -> ended (nothing more is sent)
             otherwise                              -> stopped (what has not left is held)
    resume:  stopped -> free, or its canary is watched on;  halted -> free
    rest:    ended -> an issue of its own for those whom the end left out
"""

from __future__ import annotations

from datetime import datetime

from distributor.model import Control, Phase


def stopped(control: Control, now: datetime, *, ends: bool) -> tuple[Phase | None, str]:
    """Where a stop takes an issue that is under way; None: nowhere, with the reason in words.

    ``ends``: somebody says that what has not left shall never leave.
    """
    if control.phase is Phase.ENDED:
        return None, f"it was ended by {control.who}"
    is_early = control.begins_at is not None and now < control.begins_at
    if ends or is_early or control.phase is Phase.HALTED:
        return Phase.ENDED, ""
    if control.phase is Phase.STOPPED:
        return None, f"it is stopped by {control.who} already"
    return Phase.STOPPED, ""


def resumed(control: Control) -> Phase | None:
    """Where somebody's resume takes it; None: nothing holds it.

    Whoever lets an issue go that waits for its canary has judged it; one that was stopped meanwhile is watched on.
    """
    match control.phase:
        case Phase.STOPPED:
            return Phase.CANARY if control.is_watched else Phase.FREE
        case Phase.HALTED | Phase.CANARY:
            return Phase.FREE
        case _:
            return None
