"""When what waits is expected to leave: the desk shows the instants at which it will, not those at which it might."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from distributor.calls import dispatch
from distributor.errors import RateLimited, Unauthorized
from tests.api.fitting import misfits
from tests.api.pages import results
from tests.flow.desk import Desk
from tests.support import article

#: Noon lies in them, in the zone of the desk (UTC).
QUIET = 'quiet = "11:00-15:00"\n'
Make = Callable[[str], Desk]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[Desk] = []

    def opened(x: str) -> Desk:
        made.append(Desk(tmp_path, x=x))
        return made[-1]

    yield opened
    for one in made:
        one.app.close()


def ask(desk: Desk, name: str, **args: Any) -> Any:
    found = dispatch(desk.app, name, args)
    if name in results():
        assert misfits(found, results()[name].shape) == []
    return found


def told(posts: list[dict[str, Any]]) -> list[tuple[str, str, str | None]]:
    """Headline's last word, time and what becomes of it."""
    return [(one["headline"].split()[-1], one["at"][11:16], one["expected"]) for one in posts]


def queue(desk: Desk, day: str = "2026-11-24", **args: Any) -> list[tuple[str, str, str | None]]:
    (x,) = ask(desk, "calendar", day=day, channel="x", **args)["channels"]
    return told(x["days"][0]["posts"])


def later(desk: Desk) -> list[tuple[str, str, str | None]]:
    (x,) = [one for one in ask(desk, "now")["channels"] if one["name"] == "x"]
    return told(x["later"])


def number(desk: Desk, which: int) -> int:
    rows = desk.app.store.deliveries.list(channel="x", limit=10)
    found: int = next(row["id"] for row in rows if row["headline"].endswith(str(which)))
    return found


def test_what_is_due_in_quiet_hours_stands_at_their_end_and_each_behind_the_one_before(make: Make) -> None:
    desk = make(QUIET + 'gap = "20m"')
    desk.publish(3, 2, 1)
    waiting = [("1", "15:00", "leaves"), ("2", "15:20", "leaves"), ("3", "15:40", "leaves")]
    assert queue(desk) == later(desk) == waiting
    post = ask(desk, "planned", id=number(desk, 2))["post"]
    assert (post["at"][11:16], post["expected"], post["expected_at"][11:16]) == ("12:00", "leaves", "15:20")
    (x,) = [one for one in ask(desk, "channels")["channels"] if one["name"] == "x"]
    assert x["next"][11:16] == "15:00"


def test_a_storys_page_tells_when_each_of_its_posts_is_expected(make: Make) -> None:
    desk = make(QUIET + 'gap = "20m"')
    desk.publish(2, 1)
    found = ask(desk, "story", url=article(2).url)["deliveries"]
    told = {one["channel"]: (one["expected"], (one["expected_at"] or "")[11:16]) for one in found}
    assert told == {"x": ("leaves", "15:20"), "y": ("leaves", "12:00")}
    desk.drain("y")
    sent = ask(desk, "story", url=article(2).url)["deliveries"]
    assert {one["channel"]: one["expected"] for one in sent} == {"x": "leaves", "y": None}


def test_what_is_shown_is_what_happens(make: Make) -> None:
    desk = make(QUIET + 'gap = "20m"')
    desk.publish(3, 2, 1)
    foretold = queue(desk)
    for _ in range(6 * 12):
        desk.drain("x")
        desk.clock.at += timedelta(minutes=5)
    (x,) = ask(desk, "calendar", day="2026-11-24", channel="x")["channels"]
    assert [(one["headline"].split()[-1], one["at"][11:16]) for one in x["days"][0]["posts"]] == [
        (which, at) for which, at, _ in foretold
    ]


def test_what_is_due_today_and_leaves_tomorrow_stands_on_tomorrow(make: Make) -> None:
    desk = make('quiet = "11:00-10:00"')
    desk.publish(1)
    assert queue(desk) == []
    assert queue(desk, "2026-11-25") == [("1", "10:00", "leaves")]
    assert later(desk) == [("1", "10:00", "leaves")]
    (x,) = ask(desk, "calendar", week="2026-W48", channel="x")["channels"]
    assert [len(one["posts"]) for one in x["days"]] == [0, 0, 1, 0, 0, 0, 0]


def test_pages_of_a_day_follow_the_expected_order(make: Make) -> None:
    desk = make('gap = "20m"')
    desk.publish(5, 4, 3, 2, 1)
    assert [queue(desk, limit=2, page=page) for page in (1, 2, 3)] == [
        [("1", "12:00", "leaves"), ("2", "12:20", "leaves")],
        [("3", "12:40", "leaves"), ("4", "13:00", "leaves")],
        [("5", "13:20", "leaves")],
    ]


@pytest.mark.parametrize(("stale", "fate"), [("fold", "folded"), ("skip", "skipped")])
def test_what_will_be_too_late_says_what_becomes_of_it(tmp_path: Path, stale: str, fate: str) -> None:
    desk = Desk(tmp_path, x=f'{QUIET}stale = "{stale}"', route='shelf_life = "1h"')
    desk.publish(1)
    assert queue(desk) == [("1", "15:00", fate)]
    desk.app.close()


def test_of_a_stopped_channel_nobody_knows_and_its_panel_says_so(make: Make) -> None:
    desk = make('gap = "20m"')
    desk.publish(1)
    desk.call("move", ids=[number(desk, 1)], to="2026-11-24T14:00Z")
    desk.call("stop", channel="x", reason="a wrong account")
    assert later(desk) == [("1", "14:00", None)]
    (x,) = [one for one in ask(desk, "now")["channels"] if one["name"] == "x"]
    assert (x["stopped"], x["stopped_until"]) == ("a wrong account", None)


def test_a_stop_with_an_end_is_waited_for(make: Make) -> None:
    desk = make('gap = "20m"')
    desk.publish(2, 1)
    desk.call("move", ids=[number(desk, 1), number(desk, 2)], to="2026-11-24T14:00Z")
    desk.call("stop", channel="x", reason="a wrong account", minutes=180)
    assert later(desk) == [("1", "15:00", "leaves"), ("2", "15:20", "leaves")]
    (x,) = [one for one in ask(desk, "now")["channels"] if one["name"] == "x"]
    assert x["stopped_until"] == "2026-11-24T15:00:00Z"


def test_of_a_paused_channel_nobody_knows(make: Make) -> None:
    desk = make('gap = "20m"')
    desk.publish(2, 1)
    desk.x.answers = [Unauthorized("the token was revoked")]
    desk.drain("x")
    assert [expected for _, _, expected in later(desk)] == [None, None]


def test_a_wait_that_the_platform_asked_for_is_kept(make: Make) -> None:
    desk = make("")
    desk.publish(2, 1)
    desk.x.answers = [RateLimited("slow down", retry_after=timedelta(hours=2))]
    desk.drain("x")
    assert later(desk) == [("1", "14:00", "leaves"), ("2", "14:00", "leaves")]


def test_what_waits_for_somebody_is_not_expected(make: Make) -> None:
    desk = make('gap = "20m"')
    desk.publish(2, 1)
    desk.call("hold", ids=[number(desk, 1)], reason="wait")
    assert later(desk) == [("2", "12:00", "leaves")]
    assert ask(desk, "planned", id=number(desk, 1))["post"]["expected"] is None


def test_behind_the_next_two_hundred_each_keeps_its_own_instant(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("distributor.calls.ahead.expecting.MOST", 2)
    desk = make(QUIET)
    desk.publish(3, 2, 1)
    assert sorted(queue(desk)) == [("1", "15:00", "leaves"), ("2", "15:00", "leaves"), ("3", "12:00", None)]
