"""What makes a delivery wait, who may let it go, and what it waits for next: the one table of every hold. Must not look
at a clock or a store.

::

    surge -> internal material -> approval -> embargo -> undo window -> the channel's gates
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from distributor.model import FLASH, Act, Conditions, DeliveryIntent, Silence, State
from distributor.phrases import Phrase

#: Acts that nothing but their own condition makes wait: what takes a post away, and what tells the desk of trouble.
FREE = (Act.DELETE, Act.ALERT)


class Way(Enum):
    """How somebody lets go what is held."""

    #: ``release``, by story, channel, category or name
    RELEASE = "release"
    #: ``release``, but only where the hold is named: whoever does it must know what they do
    NAMED = "release by its name"
    #: ``send-now``; the clock does it otherwise
    SEND_NOW = "send-now"
    APPROVE = "approve"
    RESUME = "resume"
    #: by the issue alone
    ISSUE = "issue resume"
    #: nobody; the clock does it
    CLOCK = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One reason to wait, as it stands in ``held_by``."""

    name: str
    way: Way
    #: who may let it go, for whoever types commands
    released_by: str
    #: the same for pages
    plainly: Phrase
    #: whether the clock does, where an instant stands beside it
    by_clock: bool = False
    #: whether a channel's gates decide about it, anew at every start
    is_gate: bool = False


INTERNAL, APPROVAL, EMBARGO, UNDO, DESK, STOP = "internal", "approval", "embargo", "undo", "desk", "stop"
LINT = "lint"
#: a relay's quota, or the pace of a mailbox provider
TRAFFIC = "traffic"
#: a provider refuses our mail, not its readers
PROVIDER = "provider"
#: The mails of one issue: somebody stopped it, or the first of them are watched.
ISSUE, CANARY = "issue", "canary"


def _clocked(name: str, by: Phrase, *, is_gate: bool = False) -> Hold:
    """A hold that nobody but the clock ends: a command cannot."""
    return Hold(name=name, way=Way.CLOCK, released_by=str(by), plainly=by, by_clock=True, is_gate=is_gate)


_GATE = "the clock, or distributor send-now"
_GATE_PLAINLY = Phrase("the clock, or whoever sends it at once")
_TABLE = (
    Hold(name="pacing", way=Way.SEND_NOW, released_by=_GATE, plainly=_GATE_PLAINLY, by_clock=True, is_gate=True),
    Hold(name="quiet hours", way=Way.SEND_NOW, released_by=_GATE, plainly=_GATE_PLAINLY, by_clock=True, is_gate=True),
    Hold(name="slots", way=Way.SEND_NOW, released_by=_GATE, plainly=_GATE_PLAINLY, by_clock=True, is_gate=True),
    _clocked("budget", Phrase("the clock, or a greater budget"), is_gate=True),
    _clocked("the post", Phrase("the clock, once the fate of its post is known")),
    _clocked("dials", Phrase("the clock, when the reader wants mail again")),
    Hold(name="picture", way=Way.SEND_NOW, released_by=_GATE, plainly=_GATE_PLAINLY, by_clock=True),
    Hold(
        name="preflight",
        way=Way.SEND_NOW,
        released_by="the clock, distributor send-now, or distributor release --held-by preflight",
        plainly=Phrase("the clock, or whoever sends it at once or releases it"),
        by_clock=True,
    ),
    Hold(
        name="surge",
        way=Way.RELEASE,
        released_by="distributor release --surge FEED",
        plainly=Phrase("whoever releases the surge, on the page of feeds"),
    ),
    Hold(
        name="template",
        way=Way.RELEASE,
        released_by="the next start with templates that render, or a release",
        plainly=Phrase("the next start with templates that render, or whoever releases it"),
    ),
    Hold(
        name=LINT,
        way=Way.RELEASE,
        released_by="distributor release, or other words (reword, correct)",
        plainly=Phrase("whoever releases it, or other words"),
    ),
    Hold(
        name="take-over",
        way=Way.NAMED,
        released_by="distributor take-over",
        plainly=Phrase("the operator, who makes this the live store"),
    ),
    Hold(
        name=INTERNAL,
        way=Way.RELEASE,
        released_by="distributor release, after somebody has looked",
        plainly=Phrase("whoever has looked and releases it"),
    ),
    Hold(
        name="kill notice",
        way=Way.NAMED,
        released_by="distributor skip --held-by 'kill notice', or a release of it",
        plainly=Phrase("whoever has looked: skip it, or release it if it is news"),
    ),
    Hold(
        name=APPROVAL,
        way=Way.APPROVE,
        released_by="distributor approve",
        plainly=Phrase("whoever approves it"),
        by_clock=True,
    ),
    Hold(
        name=EMBARGO,
        way=Way.NAMED,
        released_by="the clock, or distributor release --held-by embargo",
        plainly=Phrase("the clock, or whoever releases it"),
        by_clock=True,
    ),
    Hold(name=UNDO, way=Way.SEND_NOW, released_by=_GATE, plainly=_GATE_PLAINLY, by_clock=True),
    Hold(
        name=DESK,
        way=Way.RELEASE,
        released_by="distributor release",
        plainly=Phrase("whoever releases it"),
        by_clock=True,
    ),
    _clocked(TRAFFIC, Phrase("the clock, once a relay may take it")),
    Hold(
        name=PROVIDER,
        way=Way.CLOCK,
        released_by="the clock, or distributor bounce resume DOMAIN",
        plainly=Phrase("the clock, or the operator once the provider takes our mail again"),
        by_clock=True,
    ),
    Hold(
        name=STOP,
        way=Way.RESUME,
        released_by="distributor resume",
        plainly=Phrase("whoever ends the stop"),
        by_clock=True,
    ),
    Hold(
        name=ISSUE,
        way=Way.ISSUE,
        released_by="distributor issue resume",
        plainly=Phrase("whoever lets the issue go on"),
    ),
    Hold(
        name=CANARY,
        way=Way.ISSUE,
        released_by="the clock, or distributor issue resume",
        plainly=Phrase("the clock, or whoever lets the issue go on"),
    ),
)
#: Every hold there is, by its name.
HOLDS: Mapping[str, Hold] = {one.name: one for one in _TABLE}
#: The names that a channel's gates decide about.
GATES = tuple(one.name for one in _TABLE if one.is_gate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """What a delivery waits for."""

    by: str
    reason: str
    #: when the clock lets it go; None: only somebody can
    until: datetime | None = None


def hold_of(name: str) -> Hold:
    """The hold behind a name; one that is not in the table is somebody's to release."""
    return HOLDS.get(name) or Hold(
        name=name,
        way=Way.RELEASE,
        released_by=f"distributor release --held-by {shlex.quote(name)}",
        plainly=Phrase("whoever releases it"),
    )


def may_release(held_by: str, *, named: bool) -> bool:
    """Whether ``release`` lets go what is held under a name; ``named``: somebody has said this very name."""
    hold = hold_of(held_by)
    # what a gate holds it would hold again at once
    return hold.way is Way.RELEASE or (named and not hold.is_gate and hold.way in (Way.NAMED, Way.SEND_NOW))


def may_skip_queue(held_by: str) -> bool:
    """Whether ``send-now`` goes past this hold; a row that is not held (an empty name) has nothing to pass."""
    return not held_by or hold_of(held_by).way is Way.SEND_NOW


def planned(intent: DeliveryIntent, now: datetime) -> DeliveryIntent:
    """The decision as it is written: held where one of its conditions asks for it."""
    if intent.conditions is None or intent.state is not State.PLANNED:
        return intent
    wait = next_wait(intent.conditions, (), urgent=intent.priority <= FLASH, now=now)
    if wait is None:
        return intent
    reason = f"{intent.reason}; {wait.reason}"
    return replace(intent, state=State.HELD, held_by=wait.by, held_until=wait.until, reason=reason)


def next_wait(conditions: Conditions, approved: Sequence[str], *, urgent: bool, now: datetime) -> Wait | None:
    """The first of its conditions that a delivery has not passed; None: it goes to its channel's gates.

    ``approved`` are the people who have said yes; ``urgent``: a flash, which passes the undo window. Of embargo and
    undo window the one holds that ends later, so that the clock lets go once, when both are over.
    """
    if conditions.internal:
        return Wait(by=INTERNAL, reason=f"it looks like internal material: {conditions.internal}")
    missing = conditions.approvals - len(distinct(approved))
    if missing > 0:
        return _asked(conditions, missing, approved, now)
    undo = now if urgent else now + conditions.undo
    embargo = conditions.embargo or now
    if embargo > now and embargo >= undo:
        return Wait(by=EMBARGO, reason="it is under embargo", until=embargo)
    if undo > now:
        reason = f"it can still be taken back for {conditions.undo.total_seconds():g} s"
        return Wait(by=UNDO, reason=reason, until=undo)
    return None


def distinct(people: Sequence[str]) -> frozenset[str]:
    """The names by which people are told apart: another spelling of a name is not another person."""
    return frozenset(" ".join(name.split()).casefold() for name in people)


def _asked(conditions: Conditions, missing: int, approved: Sequence[str], now: datetime) -> Wait:
    asked = (
        f"it waits for {missing} of {conditions.approvals} {'approval' if conditions.approvals == 1 else 'approvals'}"
    )
    said = f" ({', '.join(sorted(approved))} said yes)" if approved else ""
    if conditions.silence is Silence.HOLD:
        return Wait(by=APPROVAL, reason=asked + said)
    meant = "sent" if conditions.silence is Silence.SEND else "skipped"
    until = now + conditions.silence_after
    return Wait(by=APPROVAL, reason=f"{asked}{said}; if nobody answers it is {meant}", until=until)
