"""Stop and resume by a running daemon whose digest and channels are busy, on the loopback platforms."""

from __future__ import annotations

import pytest

from tests.platforms import NAMES, Loop, until
from tests.stop_button import doubles, fill, is_busy, leaving, lines, press


@pytest.mark.parametrize("decision", ["send", "fold", "drop"])
def test_nothing_begins_to_leave_after_a_stop_while_all_is_busy(loop: Loop, decision: str) -> None:
    readers, stories = 300, 40
    fill(loop, readers=readers, stories=stories)
    with loop.daemon() as daemon:
        until(lambda: is_busy(loop, dict.fromkeys(NAMES, 0)))
        done = press(loop, daemon, decision, rest=0.5)
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
