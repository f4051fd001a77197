"""Posts made by hand: seen, kept once, adopted instead of posted again; on the real database with told platforms."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from distributor.errors import (
    ChannelError,
    OutOfCredit,
    RateLimited,
    Rejected,
    StoreError,
    Unauthorized,
    Unavailable,
)
from distributor.flows.adopt import Adopter
from distributor.flows.deliver import Deliverer
from distributor.flows.ingest import Ingester
from distributor.flows.typeset import Typesetter
from distributor.flows.watch import AFTER_CONFLICT, AFTER_REFUSAL, LONGEST_POLL, Watcher, ears
from distributor.model import Article, Message, News, Receipt, Route, Seen, State
from distributor.store.opening import Store
from tests.support import NOON, HandClock, ToldChannel, ToldSource, article, store_with


def seen(number: int = 1, text: str = "", *links: str, minutes: float = 1) -> Seen:
    """A post of so many minutes before noon."""
    at = NOON - timedelta(minutes=minutes)
    return Seen(remote_id=str(number), url=f"https://t.me/desk/{number}", at=at, text=text, links=links)


class ToldListener(ToldChannel):
    """A channel whose platform tells what others post, and forgets it when asked on."""

    ear = "told:1"

    def __init__(self, name: str = "x", place: str = "@desk") -> None:
        super().__init__(name)
        self.place = place
        self.queue: list[tuple[str, Seen]] = []
        self.first = 1
        self.asked: list[tuple[int, timedelta]] = []
        self.errors: list[ChannelError] = []
        self.hushed = 0

    def say(self, *posts: Seen, place: str = "@desk") -> None:
        self.queue += [(place, post) for post in posts]

    def listen(self, after: int, wait: timedelta) -> News:
        self.asked.append((after, wait))
        if self.errors:
            raise self.errors.pop(0)
        forgotten = max(0, after - self.first)
        self.queue, self.first = self.queue[forgotten:], self.first + forgotten
        told = tuple((frozenset({place, "-100"}), post) for place, post in self.queue)
        return News(next=self.first + len(told) if told else 0, posts=told)

    def hush(self) -> None:
        self.hushed += 1


class ToldTimeline(ToldChannel):
    """A channel whose platform shows what stands there."""

    def __init__(self, name: str = "x") -> None:
        super().__init__(name)
        self.posts: list[Seen] = []
        self.asked: list[str] = []
        self.errors: list[ChannelError] = []

    def posts_after(self, remote_id: str) -> Sequence[Seen]:
        self.asked.append(remote_id)
        if self.errors:
            raise self.errors.pop(0)
        return [post for post in self.posts if int(post.remote_id) > int(remote_id or 0)]


def raises(error):
    def fail(*_):
        raise error

    return fail


class PlainRenderer:
    def story(self, kind, limits, story, *, link, template="", occasion=None, notes=()):
        return Message(text=f"{story.article.headline} {link}", link=link)

    def own(self, kind, limits, story, own, *, link):
        raise AssertionError("nobody words anything here")

    def correction(self, kind, limits, story, *, link, occasion):
        raise AssertionError("no corrections here")

    def deletion(self, kind, story, *, occasion):
        raise AssertionError("no deletions here")

    def digest(self, digest, issue, stories, *, template="", lines=(), groups=(), link=None):
        raise AssertionError("no digests here")

    def roundup(self, kind, limits, issue, stories, *, link, template=""):
        raise AssertionError("no round-ups here")

    def notice(self, kind, limits, alert, *, over, template=""):
        raise AssertionError("no alerts here")


class Newsroom:
    """A store, a clock, and a channel that is watched."""

    def __init__(self, folder: Path, channel: ToldChannel | None = None) -> None:
        self.clock = HandClock()
        self.channel = channel or ToldListener()
        self.store: Store = store_with(folder, self.channel.name)
        self.watcher = self.watching(self.channel)
        self.deliverer = Deliverer(
            self.channel,
            self.store.deliveries,
            typesetter=Typesetter(
                self.channel,
                stories=self.store.stories,
                issues=self.store.issues,
                alerts=self.store.alerts,
                renderer=PlainRenderer(),
                digests={},
                mark=self.store.mark,
                frozen=self.store.doubts,
                wordings=self.store.wordings,
                posts=self.store.posts,
                lines=self.store.lines,
            ),
            readership=self.store.subscribers,
            posts=self.store.posts,
            mark=self.store.mark,
            clock=self.clock,
            live=True,
            adopt=self.adopter(self.channel.name).adopt,
        )

    def adopter(self, name: str) -> Adopter:
        return Adopter(name, self.store.sightings, self.store.stories, self.store.alerts)

    def watching(self, *channels: ToldChannel, every: timedelta = timedelta(seconds=10)) -> Watcher:
        (ear,) = ears({channel.name: channel for channel in channels})
        adopters = [self.adopter(name) for name in ear.channels]
        return Watcher(ear, self.store.sightings, self.store.alerts, adopters, every=every, clock=self.clock)

    def publish(self, *articles: Article) -> None:
        routes = (Route(name="all", channels=(self.channel.name,)),)
        source = ToldSource(articles)
        feed = Ingester("f", source, self.store.stories, routes=routes, audiences=dict, publish_first=True)
        feed.run_once(self.clock.now())

    def drain(self) -> int:
        return sum(iter(self.deliverer.run_once, 0))

    def fates(self) -> list[tuple[State, str, str]]:
        return [(one.state, one.reason, one.url) for one in self.deliveries()]

    def deliveries(self):
        ids = [row["id"] for row in self.store.deliveries._readers.query("SELECT id FROM subjects ORDER BY id")]
        return [one for number in ids for one in self.store.deliveries.of_subject(number) if one.channel == "x"]

    def sightings(self) -> list[tuple[str, int | None]]:
        rows = self.store.deliveries._readers.query("SELECT remote_id, delivery_id FROM sightings ORDER BY id")
        return [(row["remote_id"], row["delivery_id"]) for row in rows]

    def events(self, kind: str) -> list[dict[str, str]]:
        return [json.loads(row["detail"]) for row in self.store.deliveries.events() if row["kind"] == kind]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    found = Newsroom(tmp_path)
    yield found
    found.store.close()


@pytest.fixture
def listener(room: Newsroom) -> ToldListener:
    assert isinstance(room.channel, ToldListener)
    return room.channel


@pytest.fixture
def reading(tmp_path: Path) -> Iterator[Newsroom]:
    found = Newsroom(tmp_path, ToldTimeline())
    yield found
    found.store.close()


@pytest.fixture
def timeline(reading: Newsroom) -> ToldTimeline:
    assert isinstance(reading.channel, ToldTimeline)
    return reading.channel


def test_a_flash_posted_by_hand_is_adopted_by_its_link_and_not_posted_again(room, listener):
    listener.say(seen(7, "Now", article(1).url))
    room.watcher.run_once()
    room.publish(article(1), article(2))
    room.drain()
    assert len(listener.parcels) == 1
    own, hand = sorted(room.fates())
    assert hand == (State.SKIPPED, "posted by hand: https://t.me/desk/7", "https://t.me/desk/7")
    assert own[0] is State.SENT
    (event,) = room.events("adopted")
    assert event == {"url": "https://t.me/desk/7", "remote_id": "7", "why": "it links to the story"}
    assert {one.remote_id for one in room.deliveries()} == {"1", "7"}
    assert not [wrong for _, wrong in room.store.proof.rows() if wrong]


def test_another_take_of_the_same_story_is_adopted_by_its_words(room, listener):
    listener.say(seen(7, "LUKASHENKO SIGNS DECREE", "https://other.example.org/a"))
    room.watcher.run_once()
    room.clock.advance(180)
    room.publish(article(1, headline="Lukashenko signs decree on IT park"))
    room.drain()
    assert not listener.parcels
    assert room.fates()[0][0] is State.SKIPPED


def test_words_alone_stand_for_a_story_for_three_hours_only(room, listener):
    listener.say(seen(7, "LUKASHENKO SIGNS DECREE"))
    room.watcher.run_once()
    room.clock.advance(3 * 3600)
    room.publish(article(1, headline="Lukashenko signs decree on IT park"))
    room.drain()
    assert len(listener.parcels) == 1


def test_a_story_of_the_same_template_with_another_number_is_posted(room, listener):
    listener.say(seen(7, "Council votes on the bridge: decision 3"))
    room.watcher.run_once()
    room.publish(article(1, headline="Council votes on the bridge: decision 4"))
    room.drain()
    assert len(listener.parcels) == 1


def test_one_post_by_hand_stands_for_one_story_only(room, listener):
    listener.say(seen(7, "Council votes on the new bridge"))
    room.watcher.run_once()
    room.publish(*(article(number, headline="Council votes on the new bridge") for number in (1, 2)))
    room.drain()
    assert sorted(fate[0] for fate in room.fates()) == [State.SENT, State.SKIPPED]
    assert len(listener.parcels) == 1


def test_a_post_that_is_told_twice_is_kept_once_and_forgotten_only_after_it_is_kept(room, listener):
    listener.say(seen(7), seen(8))
    room.watcher.run_once()
    assert [after for after, _ in listener.asked] == [0, 3]
    assert not listener.queue
    listener.say(seen(8), seen(9))
    room.watcher.run_once()
    assert room.sightings() == [("7", None), ("8", None), ("9", None)]


def test_our_own_post_is_no_sighting_by_its_marker_and_by_its_receipt(reading, timeline):
    timeline.answers = [Receipt(remote_id="5", url="https://x.test/5"), Receipt(remote_id="6", url="https://x.test/6")]
    reading.publish(article(1), article(2))
    reading.drain()
    marked = timeline.parcels[0].message.link
    timeline.posts = [seen(4, "", marked, minutes=0), seen(6, "words without a link", minutes=0)]
    reading.store.sightings.keep("x", timeline.posts)
    assert reading.sightings() == []
    foreign = article(1).url + "?utm_id=somebodyelses"
    reading.store.sightings.keep("x", [seen(7, "", foreign, minutes=0)])
    assert reading.sightings() == [("7", None)]


def test_our_own_post_seen_before_its_receipt_came_adopts_nothing(reading, timeline):
    story = article(1, headline="Council votes on the new bridge")
    reading.store.sightings.keep("x", [seen(5, story.headline, minutes=0)])
    timeline.answers = [Receipt(remote_id="5", url="https://x.test/5")]
    reading.deliverer._adopt = None
    reading.publish(story)
    reading.drain()
    assert not reading.store.sightings.free("x", NOON - timedelta(days=1))
    assert reading.adopter("x").notice(reading.clock.now(), fresh=True) == 0


def test_a_timeline_is_read_from_the_newest_post_on_that_was_seen(reading, timeline):
    timeline.posts = [seen(4), seen(12)]
    assert reading.watcher.run_once(waits=True) == timedelta(seconds=10)
    timeline.posts.append(seen(13))
    reading.watcher.run_once()
    assert timeline.asked == ["", "12"]
    reading.watcher.hush()
    reading.watcher.run_once()
    assert timeline.asked[-1] == "13"


def test_a_post_by_hand_that_stands_before_our_newest_one_is_seen_and_its_story_not_posted_again(reading, timeline):
    timeline.posts = [seen(4)]
    reading.watcher.run_once()
    timeline.posts += [seen(50, "Now", article(2).url), seen(100, "ours", minutes=0)]
    timeline.answers = [Receipt(remote_id="100", url="https://x.test/100")]
    reading.publish(article(1))
    reading.drain()
    reading.watcher.run_once()
    reading.publish(article(1), article(2))
    reading.drain()
    assert len(timeline.parcels) == 1
    assert [number for number, _ in reading.sightings()] == ["4", "50"]


@pytest.mark.parametrize("channel", [ToldListener, ToldTimeline])
def test_what_could_not_be_kept_is_told_again(tmp_path, monkeypatch, channel):
    told = channel()
    told.posts = [seen(7, "Now", article(1).url)]
    told.queue = [("@desk", *told.posts)]
    room = Newsroom(tmp_path, told)
    with monkeypatch.context() as full:
        full.setattr(room.store.sightings, "keep", raises(StoreError("the disk is full")))
        with pytest.raises(StoreError):
            room.watcher.run_once()
    room.watcher.run_once()
    assert room.sightings() == [("7", None)]
    room.store.close()


def test_where_too_many_posts_stand_behind_the_newest_known_the_latest_are_read(reading, timeline):
    timeline.posts = [seen(4)]
    reading.watcher.run_once()
    timeline.errors = [Rejected("too many")]
    reading.watcher.run_once()
    assert timeline.asked == ["", "4", ""]


def test_a_timeline_that_may_not_be_read_at_all_is_a_refusal(reading, timeline):
    timeline.errors = [Rejected("no")]
    assert reading.watcher.run_once() == AFTER_CONFLICT


def test_channels_of_one_account_share_one_listener_and_each_keeps_its_own(tmp_path):
    first, second, third = ToldListener("x"), ToldListener("y", "@sport"), ToldListener("z", "@other")
    third.ear = "told:2"
    other = ToldTimeline("t")
    store = store_with(tmp_path, "x", "y", "z", "t", "plain")
    watched = {channel.name: channel for channel in (first, second, third, other, ToldChannel("plain"))}
    found = ears(watched)
    assert [list(ear.channels) for ear in found] == [["x", "y"], ["z"], ["t"]]
    first.say(seen(7))
    first.say(seen(8), place="@sport")
    first.say(seen(9), place="@nobody")
    watcher = Watcher(found[0], store.sightings, store.alerts, (), every=timedelta(seconds=60), clock=HandClock())
    assert watcher.run_once(waits=True) == timedelta(seconds=60) - LONGEST_POLL
    assert not second.asked
    assert [wait for _, wait in first.asked] == [LONGEST_POLL, timedelta(0)]
    assert [one.seen.remote_id for one in store.sightings.free("x", NOON - timedelta(days=1))] == ["7"]
    assert [one.seen.remote_id for one in store.sightings.free("y", NOON - timedelta(days=1))] == ["8"]
    watcher.hush()
    assert first.hushed == 1
    store.close()


def test_a_platform_that_tells_without_end_is_asked_a_bounded_number_of_times(room, listener):
    listener.listen = lambda after, wait: listener.asked.append((after, wait)) or News(next=after + 1)
    room.watcher.run_once()
    assert len(listener.asked) == 20


def test_when_another_program_listens_there_is_one_alert_one_line_and_no_storm(room, listener, caplog):
    listener.errors = [Rejected("another program takes the updates"), Rejected("still")]
    assert room.watcher.run_once() == AFTER_CONFLICT
    assert room.watcher.run_once() == AFTER_CONFLICT
    assert len(listener.asked) == 2
    assert len(caplog.records) == 1
    (alert,) = room.store.alerts.open_alerts()
    assert "another program takes the updates" in alert.text
    assert "watch" in alert.hint
    room.watcher.run_once()
    assert not room.store.alerts.open_alerts()


def test_other_failures_wait_as_long_as_they_should(room, listener, caplog):
    listener.errors = [
        Unauthorized("no"),
        OutOfCredit("no"),
        RateLimited("slow", retry_after=timedelta(seconds=77)),
        RateLimited("slow"),
        Unavailable("down"),
    ]
    waits = [room.watcher.run_once() for _ in range(5)]
    assert waits[:4] == [AFTER_REFUSAL, AFTER_REFUSAL, timedelta(seconds=77), timedelta(minutes=1)]
    assert waits[4] == timedelta(seconds=80)
    assert len(caplog.records) == 1
    assert not room.store.alerts.open_alerts()


def test_a_wait_that_is_ended_at_a_stop_is_no_failure_worth_a_line(room, listener, caplog):
    room.watcher.hush()
    listener.errors = [Unavailable("the channel was closed")]
    room.watcher.run_once()
    assert not caplog.records


def test_a_post_by_hand_while_ours_was_at_the_wire_is_told_once_and_its_alert_ends(room, listener):
    story = article(1, headline="Council votes on the new bridge")
    room.publish(story)
    room.drain()
    listener.say(seen(7, "", story.url, minutes=-1), seen(8, "weather", minutes=-1))
    room.clock.advance(120)
    room.watcher.run_once()
    (alert,) = room.store.alerts.open_alerts()
    assert "stands twice on x" in alert.text
    assert "https://t.me/desk/7" in alert.hint
    assert room.sightings() == [("7", room.deliveries()[0].id), ("8", None)]
    room.watcher.run_once()
    assert room.events("doubled") == [{"other": "https://t.me/desk/7", "why": "it links to the story"}]
    assert not [wrong for _, wrong in room.store.proof.rows() if wrong]
    room.clock.advance(25 * 3600)
    room.watcher.run_once()
    assert not room.store.alerts.open_alerts()


def test_a_post_by_hand_long_after_ours_is_the_desks_own_repetition(room, listener):
    story = article(1)
    room.publish(story)
    room.drain()
    listener.say(seen(7, "", story.url, minutes=-11))
    room.clock.advance(3600)
    room.watcher.run_once()
    assert not room.store.alerts.open_alerts()
    assert room.sightings() == [("7", None)]


def test_a_sighting_that_somebody_else_took_meanwhile_adopts_nothing(room):
    room.publish(article(1), article(2))
    one, other = room.store.deliveries.claim_due("x", now=NOON, limit=2, lease=timedelta(hours=1))
    room.store.sightings.keep("x", [seen(7, "", article(1).url)])
    (sighting,) = room.store.sightings.free("x", NOON - timedelta(days=1))
    later = NOON + timedelta(hours=2)
    assert not room.store.sightings.adopt(one, sighting, why="", now=later)  # the lease has run out: nothing changed
    assert room.sightings() == [("7", None)]
    assert room.store.sightings.adopt(one, sighting, why="", now=NOON)
    assert not room.store.sightings.adopt(other, sighting, why="", now=NOON)
    assert not room.store.sightings.double(other.id, other.subject_id, sighting, why="", now=NOON)
    assert [fate[0] for fate in room.fates()] == [State.SKIPPED, State.DUE]


def test_when_the_lease_was_lost_at_the_adoption_the_row_goes_on_as_it_would(room, listener, monkeypatch):
    monkeypatch.setattr(room.store.sightings, "adopt", lambda *_, **__: False)
    listener.say(seen(7, "", article(1).url))
    room.watcher.run_once()
    room.publish(article(1))
    room.drain()
    assert len(listener.parcels) == 1


def test_a_kill_after_the_platform_told_and_before_the_commit_loses_no_sighting(tmp_path, room, listener):
    """The process dies in the middle of the write; the platform was not asked on, so it tells again."""
    script = textwrap.dedent(f"""
        import os, signal
        from datetime import timedelta
        from pathlib import Path
        from distributor.store.ledger import sightings
        from tests.flow.test_by_hand import Newsroom, seen
        room = Newsroom(Path({str(tmp_path / "killed")!r}))
        room.channel.say(seen(7))
        run = room.store.sightings._keep
        def die(connection, channel, post):
            run(connection, channel, post)
            print(room.channel.asked[-1][0], flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        room.store.sightings._keep = die
        room.watcher.run_once()
    """)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert done.stdout == "0\n"  # never acknowledged
    after = Newsroom(tmp_path / "killed")
    assert after.sightings() == []
    assert isinstance(after.channel, ToldListener)
    after.channel.say(seen(7))
    after.watcher.run_once()
    assert after.sightings() == [("7", None)]
    after.store.close()
