"""Stop and resume by a running daemon whose digest and channels are busy, on the loopback platforms."""

from __future__ import annotations

from functools import partial

import pytest

from tests.operations import Group
from tests.platforms import NAMES, Loop, until
from tests.stop_button import call_stop, doubles, fill, first_tap, is_busy, leaving, lines, press, second_tap

pytestmark = pytest.mark.no_cover


@pytest.mark.parametrize(("decision", "by"), [("send", "press"), ("fold", "call"), ("drop", "call")])
def test_nothing_begins_to_leave_after_a_stop_while_all_is_busy(loop: Loop, decision: str, by: str) -> None:
    readers, stories = 300, 40
    group = Group(loop)
    group.configure()
    fill(loop, readers=readers, stories=stories)
    with loop.daemon() as daemon:
        stop = partial(call_stop, daemon)
        if by == "press":
            stop = partial(second_tap, group, daemon, first_tap(group))
        until(lambda: is_busy(loop, dict.fromkeys(NAMES, 0)))
        done = press(loop, daemon, decision, stop, rest=0.5)
        assert done.left_in_the_end <= done.left
        assert done.held
        assert {key: bool(done.resumed[key]) for key in ("sent", "folded", "dropped")} == {
            "sent": decision != "drop",
            "folded": decision == "fold",
            "dropped": decision == "drop",
        }
        if decision == "send":
            until(lambda: leaving(daemon) >= readers + 3 * stories)
            until(lambda: len(lines(loop, "smtp")) == readers)
        assert daemon.end() == 0
    assert doubles(loop) == []
