"""A channel's queue before its gates, on the real database: pacing, quiet hours, stale stories, round-ups."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from distributor.app import App
from distributor.engine.round import run_round
from distributor.errors import Rejected, TemplateError, Unavailable
from distributor.model import IssueState, PubStatus, State
from tests.apps import told_app
from tests.support import NOON, HandClock, ToldChannel, ToldSource, article

CONFIG = """\
[feeds.politics]
url = "https://news.example.org/rss"
first_run = "publish"
surge = 0

[channels.x]
type = "console"
{x}

[channels.y]
type = "console"
{y}

[routes.all]
channels = ["x", "y"]
shelf_life = "6h"
"""


class Desk:
    """An app whose two channels answer as told, under a clock that is set by hand."""

    def __init__(self, folder: Path, x: str = "", y: str = "") -> None:
        self.clock = HandClock()
        self.source = ToldSource([])
        self.x, self.y = ToldChannel("x"), ToldChannel("y")
        config = CONFIG.format(x=x, y=y)
        self.app: App = told_app(
            folder, channels={"x": self.x, "y": self.y}, source=self.source, clock=self.clock, config=config
        )

    def publish(self, *numbers: int, **fields: Any) -> None:
        told = {"published": self.clock.now(), **fields}
        self.source.documents = [[article(number, **told) for number in numbers]]
        self.app.ingesters["politics"].run_once(self.clock.now())

    def drain(self, *names: str) -> None:
        for name in names or ("x", "y"):
            while self.app.deliverers[name].run_once():
                continue

    def until(self, seconds: float, step: float = 60) -> None:
        """Let time pass, draining every so many seconds."""
        for _ in range(round(seconds / step)):
            self.clock.advance(step)
            self.drain()

    def rows(self, state: State | None = None, channel: str = "x") -> list[Any]:
        return list(self.app.store.deliveries.list(state=state, channel=channel, limit=1000))

    def fates(self, channel: str = "x") -> dict[State, int]:
        return dict(self.app.store.deliveries.counts()[channel])


@pytest.fixture
def desk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Desk]:
    found = Desk(tmp_path, *getattr(request, "param", ()))
    yield found
    found.app.close()


def heads(channel: ToldChannel) -> list[str]:
    return [parcel.message.text.splitlines()[0] for parcel in channel.parcels]


def policy(*lines: str) -> pytest.MarkDecorator:
    """The keys of channel x; y has none."""
    return pytest.mark.parametrize("desk", [("\n".join(lines),)], indirect=True)


@policy('gap = "10m"')
def test_of_ten_stories_one_leaves_every_ten_minutes_and_the_other_channel_waits_for_nothing(desk: Desk) -> None:
    desk.publish(*range(1, 11))
    desk.drain()
    assert (len(desk.x.parcels), len(desk.y.parcels)) == (1, 10)
    held = desk.rows(State.HELD)
    assert {(one["held_by"], one["held_until"]) for one in held} == {("pacing", (NOON.timestamp() + 600) * 1000)}
    assert held[0]["reason"] == "10 min between two posts: not before 12:10 (UTC)"
    assert desk.app.store.deliveries.next_due("x") == NOON + timedelta(minutes=10)
    desk.until(90 * 60)
    assert desk.fates() == {State.SENT: 10}
    times = [parcel.first_sent_at for parcel in desk.x.parcels]
    assert [(at - NOON) / timedelta(minutes=10) for at in times] == list(range(10))


@policy('gap = "1h"')
def test_a_post_that_was_refused_or_could_not_leave_makes_nobody_wait_for_its_distance(desk: Desk) -> None:
    desk.x.answers = [Rejected("too long"), Unavailable("refused")]
    desk.publish(1, 2, 3)
    desk.drain("x")
    assert desk.fates() == {State.FAILED: 1, State.DUE: 2}
    desk.clock.advance(5)
    desk.drain("x")
    assert desk.fates() == {State.FAILED: 1, State.SENT: 1, State.HELD: 1}
    (held,) = desk.rows(State.HELD)
    assert held["held_until"] == (NOON.timestamp() + 3605) * 1000


@policy('quiet = "11:00-18:00"')
def test_a_flash_passes_the_quiet_hours_and_the_others_wait_for_their_end(desk: Desk) -> None:
    desk.publish(1, 2)
    desk.publish(3, urgency=1)
    desk.drain("x")
    assert heads(desk.x) == ["Headline number 3"]
    assert {one["held_by"] for one in desk.rows(State.HELD)} == {"quiet hours"}
    desk.until(6 * 3600, 1800)
    assert desk.fates() == {State.SENT: 3}


@policy('gap = "1h"')
def test_the_urgent_lane_carries_a_flash_past_everything_that_waits(desk: Desk) -> None:
    desk.publish(2, 1)  # a document tells the newest first
    desk.drain("x")
    desk.publish(3, urgency=1)
    assert desk.app.deliverers["x"].run_once(urgent=True) == 1
    assert heads(desk.x) == ["Headline number 1", "Headline number 3"]


@policy('stale = "fold"', "fold_above = 10", 'gap = "5m"')
def test_after_twelve_hours_the_flash_goes_first_fresh_stories_are_paced_and_stale_ones_are_one_post(
    desk: Desk,
) -> None:
    desk.x.answers = [Unavailable("no network")]
    desk.publish(0)
    desk.drain("x")
    for number in range(1, 55):
        desk.clock.advance(12 * 60)
        desk.publish(number)
    desk.publish(*range(55, 60))
    desk.publish(60, urgency=1)
    assert desk.clock.now() - NOON > timedelta(hours=10)
    desk.drain("x")
    assert heads(desk.x)[:2] == ["Headline number 0", "Headline number 60"]
    desk.until(3 * 3600)
    counts = desk.fates()
    assert set(counts) == {State.SENT, State.SKIPPED}
    (issue,) = desk.app.store.issues.list()
    told = desk.app.store.stories.of_issue(issue.id)
    assert issue.digest == "round-up x"
    skipped = desk.rows(State.SKIPPED)
    assert len(told) == len(skipped) == counts[State.SKIPPED]
    assert all(one["reason"].startswith(f"folded into the round-up of {issue.slot}: ") for one in skipped)
    posted = {one["story_url"] for one in desk.rows(State.SENT) if one["story_url"]}
    folded = {one["story_url"] for one in skipped}
    # each story exactly once: in a post of its own or in the round-up
    assert not posted & folded
    assert len(posted) + len(folded) == 61
    (round_up,) = [parcel for parcel in desk.x.parcels if parcel.message.text.startswith("In brief")]
    assert round_up.message.text.count("https://") == len(folded)
    assert desk.app.store.issues.close_done(desk.clock.now()) == [issue.id]
    assert len(desk.x.parcels) - 1 == counts[State.SENT]  # the first parcel never left


@policy("most_per_hour = 30", "fold_above = 20", 'stale = "fold"')
def test_sixty_stories_in_a_minute_never_become_sixty_posts(desk: Desk) -> None:
    desk.publish(*range(60))
    desk.drain()
    assert len(desk.x.parcels) == 21
    assert desk.fates() == {State.SENT: 21, State.SKIPPED: 40}
    assert len(desk.y.parcels) == 60
    for number in range(60, 120):
        desk.clock.advance(1)
        desk.publish(number)
        desk.drain("x")
    assert len(desk.x.parcels) == 30
    desk.until(3600)
    assert len(desk.x.parcels) <= 30 + 21
    assert State.HELD not in desk.fates()


@policy('quiet = "11:00-20:00"', 'stale = "fold"')
def test_what_grows_stale_in_the_night_is_one_post_in_the_morning(desk: Desk) -> None:
    desk.publish(1, published=NOON - timedelta(hours=7))
    desk.drain("x")
    for number in range(2, 6):
        desk.clock.advance(1800)
        desk.publish(number, published=NOON - timedelta(hours=7))
        desk.drain("x")
    (held,) = desk.rows(State.HELD)
    assert (held["act"], held["held_by"]) == (4, "quiet hours")
    desk.until(8 * 3600, 900)
    assert len(desk.x.parcels) == 1
    assert desk.x.parcels[0].message.text.count("Headline number") == 5
    issue = desk.app.store.issues.list()[0]
    assert desk.app.store.deliveries.subject_counts(issue.id) == {State.SENT: 1}


@policy('stale = "fold"')
def test_two_round_ups_of_one_minute_have_two_names_and_each_story_stands_in_one(desk: Desk) -> None:
    for number in (1, 2):
        desk.publish(number, published=NOON - timedelta(hours=7))
        desk.drain("x")
    slots = [issue.slot for issue in desk.app.store.issues.list()]
    assert slots == ["2026-11-24T12:00[UTC] (2)", "2026-11-24T12:00[UTC]"]
    assert [issue.state for issue in desk.app.store.issues.list()] == [IssueState.OPEN, IssueState.OPEN]
    assert len(desk.x.parcels) == 2


@policy('quiet = "11:00-13:00"', 'stale = "fold"')
def test_a_story_that_is_withdrawn_before_its_round_up_leaves_is_not_told(desk: Desk) -> None:
    old = {"published": NOON - timedelta(hours=7)}
    desk.publish(1, 2, **old)
    desk.drain("x")
    desk.publish(1, pubstatus=PubStatus.CANCELED, **old)
    desk.until(2 * 3600, 1800)
    assert "Headline number 1" not in desk.x.parcels[0].message.text
    assert "Headline number 2" in desk.x.parcels[0].message.text
    carried = desk.app.store.stories._readers.query("SELECT story_id FROM message_stories m JOIN deliveries d USING "
                                                    "(message_id) WHERE d.act = 4")  # fmt: skip
    assert len(carried) == 1


@policy('quiet = "11:00-13:00"', 'stale = "fold"')
def test_a_round_up_of_withdrawn_stories_alone_is_not_sent(desk: Desk) -> None:
    old = {"published": NOON - timedelta(hours=7)}
    desk.publish(1, **old)
    desk.drain("x")
    desk.publish(1, pubstatus=PubStatus.CANCELED, **old)
    desk.until(2 * 3600, 1800)
    assert not desk.x.parcels
    assert [one["reason"] for one in desk.rows(State.SKIPPED) if one["act"] == 4] == ["its story was withdrawn"]


@policy('stale = "skip"')
def test_stale_stories_are_skipped_with_their_reason_where_the_channel_says_so(desk: Desk) -> None:
    desk.publish(1, published=NOON - timedelta(hours=7))
    desk.drain("x")
    (row,) = desk.rows()
    assert (row["state"], row["reason"]) == (7, "it was no news any more when its turn came")


@policy('stale = "fold"')
def test_a_stale_flash_in_the_urgent_lane_joins_the_round_up_of_the_others(desk: Desk) -> None:
    old = {"published": NOON - timedelta(hours=7)}
    desk.publish(1, urgency=1, **old)
    desk.publish(2, 3, **old)
    assert desk.app.deliverers["x"].run_once(urgent=True) == 0
    desk.drain("x")
    assert len(desk.x.parcels) == 1
    assert desk.x.parcels[0].message.text.count("Headline number") == 3


@pytest.mark.parametrize("desk", [('gap = "1h"', 'gap = "1h"')], indirect=True)
def test_a_dead_channel_delays_no_other(desk: Desk) -> None:
    desk.x.answers = [Unavailable("refused")] * 50
    desk.publish(1, 2, 3)
    for _ in range(8):
        desk.drain("x", "y")
        desk.clock.advance(1800)
    assert desk.fates("y") == {State.SENT: 3}
    assert State.SENT not in desk.fates("x")


@policy('quiet = "11:00-13:00"', "quiet_silent = true")
def test_where_a_platform_cannot_be_silent_a_post_waits_for_the_end_of_the_quiet_hours(desk: Desk) -> None:
    desk.publish(1)
    desk.drain("x")
    assert {one["held_by"] for one in desk.rows(State.HELD)} == {"quiet hours"}


def test_where_a_platform_can_be_silent_a_post_leaves_without_a_sound_and_a_flash_with_one(tmp_path: Path) -> None:
    class Hushing(ToldChannel):
        silence = "it arrives without a sound"

    channel = Hushing("x")
    config = CONFIG.format(x='quiet = "11:00-13:00"\nquiet_silent = true', y="")
    source = ToldSource([article(1), article(2, urgency=1)])
    app = told_app(tmp_path, channels={"x": channel}, source=source, config=config)
    run_round(app)
    app.close()
    assert {(parcel.message.text.splitlines()[0], parcel.message.silent) for parcel in channel.parcels} == {
        ("Headline number 1", True),
        ("Headline number 2", False),
    }


def test_a_kind_without_a_template_for_round_ups_is_told_at_the_start_if_it_shall_fold(tmp_path: Path) -> None:
    folder = tmp_path / "templates" / "console"
    folder.mkdir(parents=True)
    (folder / "roundup.txt.j2").write_text("{{ nothing }}", "utf-8")
    config = '[desk]\ntemplates = "templates"\n' + CONFIG.format(x="fold_above = 3", y="")
    with pytest.raises(TemplateError, match=r"console/roundup\.txt\.j2:1: 'nothing' is undefined"):
        told_app(tmp_path, config=config)


@policy('gap = "1h"', "fold_above = 2", 'stale = "fold"')
def test_the_sum_of_fates_is_the_sum_of_plans_at_every_instant(desk: Desk) -> None:
    planned = 0
    for step in range(40):
        desk.publish(*range(planned, planned + step % 4), published=desk.clock.now() - timedelta(hours=step % 8))
        planned += step % 4
        desk.drain("x")
        posts = [one for one in desk.rows() if one["act"] == 0]
        round_ups = [one for one in desk.rows() if one["act"] == 4]
        folded = [one for one in posts if one["state"] == 7]
        told = [story for issue in desk.app.store.issues.list(1000) for story in _members(desk, issue.id)]
        assert len(posts) == planned
        assert sorted(told) == sorted(one["subject_id"] for one in folded)
        assert len(round_ups) == len(desk.app.store.issues.list(1000))
        assert len([one for one in desk.rows() if one["lease_owner"] is not None]) == 0
        desk.clock.advance(1234)


def _members(desk: Desk, issue: int) -> list[int]:
    return [story.id for story in desk.app.store.stories.of_issue(issue)]
