"""What somebody may do about a delivery as it stands."""

from __future__ import annotations

import pytest

from distributor.model import Act, State
from distributor.rules.queue.choices import fitting, not_again


@pytest.mark.parametrize(
    ("state", "act", "held_by", "acts"),
    [
        (State.PLANNED, Act.POST, "", ("send_now", "hold", "reword", "skip")),
        (State.DUE, Act.EDIT, "", ("send_now", "hold", "skip")),
        (State.DUE, Act.DELETE, "", ("send_now", "hold")),
        (State.HELD, Act.POST, "approval", ("approve", "hold", "reword", "skip")),
        (State.HELD, Act.POST, "desk", ("release", "reword", "skip")),
        (State.HELD, Act.POST, "lint", ("release", "hold", "reword", "skip")),
        (State.HELD, Act.POST, "embargo", ("release", "hold", "reword", "skip")),
        (State.HELD, Act.POST, "kill notice", ("release", "hold", "reword", "skip")),
        (State.HELD, Act.POST, "pacing", ("send_now", "hold", "reword", "skip")),
        (State.HELD, Act.POST, "stop", ("reword", "skip")),
        (State.HELD, Act.POST, "canary", ("reword", "skip")),
        (State.HELD, Act.POST, "budget", ("hold", "reword", "skip")),
        (State.UNKNOWN, Act.POST, "", ("settle",)),
        (State.SENT, Act.POST, "", ()),
        (State.SENDING, Act.POST, "", ()),
        (State.SKIPPED, Act.POST, "", ()),
        (State.FAILED, Act.POST, "", ()),
    ],
)
def test_the_acts_fit_the_state_and_the_hold(state, act, held_by, acts):
    assert fitting(state, act, held_by) == acts


def test_what_surely_failed_can_go_out_again_alone():
    assert fitting(State.FAILED, Act.POST, "", is_lost=True) == ("resend",)


@pytest.mark.parametrize(
    ("posts", "why"),
    [
        ([(State.FAILED, False)], ""),
        ([(State.FAILED, False), (State.FAILED, False)], ""),
        ([], "no post of it failed"),
        ([(State.FAILED, True)], "may have arrived"),
        ([(State.FAILED, True), (State.FAILED, False)], "may have arrived"),
        ([(State.UNKNOWN, True)], "may have arrived"),
        *(
            ([(State.FAILED, False), (state, False)], "another stands there or may still come")
            for state in State
            if state not in (State.FAILED, State.UNKNOWN)
        ),
    ],
)
def test_nothing_goes_out_again_where_a_post_may_stand_or_may_still_come(posts, why):
    found = not_again(posts)
    assert (bool(found), why in found) == (bool(why), True)


def test_what_may_have_left_before_cannot_be_worded_anew():
    assert "reword" not in fitting(State.DUE, Act.POST, "", is_doubted=True)
