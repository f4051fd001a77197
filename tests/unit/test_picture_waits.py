"""How long a post waits for its picture, and when it leaves without it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from distributor.errors import (
    FetchError,
    FetchRefused,
    OutOfCredit,
    ParseError,
    PictureRefused,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
)
from distributor.model import Act, Delivery, State, SubjectKind
from distributor.rules.fate.lifecycle import decide, state_after
from distributor.rules.queue.holds import hold_of, may_skip_queue
from distributor.rules.queue.pictures import GATE, LONGEST, MOST_TRIES, WAITS, after, counts
from tests.support import NOON

ROW = Delivery(
    id=1,
    subject_id=1,
    subject_kind=SubjectKind.STORY,
    channel="x",
    recipient=0,
    act=Act.POST,
    part=0,
    revision=0,
    state=State.DUE,
    reason="route all",
    due_at=NOON,
    priority=5,
    template="",
    attempts=0,
    message_id=None,
    first_sent_at=None,
    remote_id="",
    url="",
)
GONE = FetchError("answered 404", status=404)


def test_what_may_come_is_waited_for_and_not_for_long() -> None:
    waits = [after(GONE, ROW, tries, NOON) for tries in range(1, MOST_TRIES + 1)]
    assert [wait and wait.until for wait in waits] == [NOON + WAITS[0], NOON + WAITS[1], None]
    assert waits[0] is not None
    assert (waits[0].by, waits[0].reason) == (GATE, "its picture: answered 404")
    assert hold_of(GATE).by_clock
    assert may_skip_queue(GATE)


@pytest.mark.parametrize(
    "error",
    [ParseError("too small"), FetchRefused("private"), Rejected("no"), PictureRefused("no"), Unauthorized("no")],
)
def test_what_another_try_cannot_mend_is_not_waited_for(error: Exception) -> None:
    assert after(error, ROW, 1, NOON) is None


def test_a_flash_and_what_may_have_left_wait_for_no_picture() -> None:
    assert after(GONE, replace(ROW, priority=1), 1, NOON) is None
    assert after(GONE, replace(ROW, doubts=1), 1, NOON) is None


def test_a_limit_is_waited_out_where_it_is_short() -> None:
    def until(wait: timedelta | None) -> timedelta | None:
        found = after(RateLimited("slowly", retry_after=wait), ROW, 1, NOON)
        return found.until - NOON if found and found.until else None

    assert until(None) == WAITS[0]
    assert until(timedelta(seconds=1)) == WAITS[0]
    assert until(timedelta(minutes=4)) == timedelta(minutes=4)
    assert until(LONGEST + timedelta(seconds=1)) is None


def test_what_stops_the_whole_channel_says_nothing_about_its_pictures() -> None:
    assert not counts(Unauthorized("no"))
    assert not counts(OutOfCredit("no"))
    assert counts(Unavailable("no"))


def test_a_refused_picture_ends_no_post() -> None:
    verdict = decide(PictureRefused("IMAGE_PROCESS_FAILED"), tries=1, now=NOON)
    assert state_after(verdict.outcome) is State.DUE
    assert not verdict.pause
