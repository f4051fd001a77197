"""Issues under control, carried on by the clock: rows follow what somebody said, and a canary is drawn, watched and
judged. Must not render or send.

::

    canary  -> drawn -> watched -> the others go | halted, and somebody is told
    stopped, halted -> what has not left is held;   ended -> it is not sent;   free -> it goes
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from distributor.model import Control, Phase
from distributor.rules.mail.canary import Answer, CameBack, Recipient, Ruling, drawn, judged

#: The key of the alert about an issue that waits for somebody.
ALERT = "issue halted: {}"


class ControlBook(Protocol):
    """Where it stands how issues are controlled."""

    def in_hand(self) -> Sequence[Control]:
        """What is to be carried on."""
        ...

    def is_under_way(self, issue: int) -> bool:
        """Whether something of it may still leave."""
        ...

    def is_written(self, issue: int) -> bool:
        """Whether all its rows are written."""
        ...

    def recipients(self, issue: int) -> Sequence[Recipient]:
        """Whom it was frozen for."""
        ...

    def draw(self, issue: int, first: Collection[int], now: datetime) -> None:
        """Let its first mails go."""
        ...

    def answers(self, issue: int) -> Sequence[Answer]:
        """What they brought back."""
        ...

    def came_back(self, issue: int) -> CameBack:
        """And what came back of them later."""
        ...

    def hold(self, control: Control, phase: Phase, reason: str, by: Any) -> bool:
        """Let nothing more of it leave."""
        ...

    def go_on(self, control: Control, phase: Phase, by: Any) -> bool:
        """What held it is over."""
        ...

    def put_aside(self, control: Control) -> int:
        """Hold what has not left."""
        ...

    def drop(self, control: Control, now: datetime) -> int:
        """End it unsent."""
        ...

    def let_go(self, control: Control) -> int:
        """Let it go."""
        ...

    def settled(self, control: Control) -> None:
        """Every row is where it belongs."""
        ...

    def unfinished_rests(self) -> Sequence[int]:
        """Issues for those left out whose rows are not all written."""
        ...

    def write_rest(self, number: int, now: datetime) -> None:
        """Write them."""
        ...


class Bell(Protocol):
    """Who is told."""

    def raise_alert(self, key: str, text: str, *, hint: str = "", now: datetime) -> bool:
        """Somebody must know."""
        ...


class Signer(Protocol):
    """Makes the clock's name on record."""

    def __call__(self, now: datetime) -> Any:
        """Who acts, and when."""
        ...


class Warden:
    """Carries on the controls of all issues."""

    def __init__(self, book: ControlBook, bell: Bell, clock: Signer) -> None:
        """``clock`` signs for what no person decides."""
        self._book = book
        self._bell = bell
        self._clock = clock

    def tend(self, now: datetime) -> int:
        """Bring every row where its issue's phase wants it; how many rows or issues may leave now."""
        rests = self._book.unfinished_rests()
        for number in rests:
            self._book.write_rest(number, now)
        return len(rests) + sum(self._tend(control, now) for control in self._book.in_hand())

    def _tend(self, control: Control, now: datetime) -> int:
        if not self._book.is_under_way(control.issue):
            self._book.settled(control)
            return 0
        match control.phase:
            case Phase.CANARY:
                return self._watch(control, now)
            case Phase.FREE:
                gone = self._book.let_go(control)
                if self._book.is_written(control.issue):
                    self._book.settled(control)
                return gone
            case Phase.ENDED:  # until it is closed: what is at the wire may come back
                self._book.drop(control, now)
            case _:
                self._book.put_aside(control)
                if self._book.is_written(control.issue):
                    self._book.settled(control)
        return 0

    def _watch(self, control: Control, now: datetime) -> int:
        again = self._book.let_go(control)
        if control.drawn_at is None:
            return again + self._draw(control, now)
        until = control.watched_until
        answers, later = self._book.answers(control.issue), self._book.came_back(control.issue)
        ruling, reason = judged(answers, later, is_over=until is not None and now >= until)
        if ruling is Ruling.GO and self._book.go_on(control, Phase.FREE, self._clock(now)):
            return again + self._tend(replace(control, phase=Phase.FREE), now)
        if ruling is Ruling.HALT and self._book.hold(control, Phase.HALTED, reason, self._clock(now)):
            hint = f"distributor issue resume {control.issue}, or distributor issue stop {control.issue}"
            text = f"issue {control.issue} is halted: {reason}"
            self._bell.raise_alert(ALERT.format(control.issue), text, hint=hint, now=now)
        return again

    def _draw(self, control: Control, now: datetime) -> int:
        if control.canary is None or not self._book.is_written(control.issue):
            return 0
        first = drawn(control.issue, self._book.recipients(control.issue), control.canary)
        self._book.draw(control.issue, first, now)
        return len(first)
