"""How feeds are read by their own pace, and how each is told of."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from distributor.calls import dispatch
from distributor.cli.root import cli
from distributor.engine.polling import FURTHEST, HOST_GAP, Turns, offset, rest
from distributor.errors import CallError, FetchError
from distributor.net.guard import own_hosts
from distributor.store.news.stories import FeedState
from tests.apps import CONFIG, told_app
from tests.support import HandClock, ToldSource, article

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class RestingSource(ToldSource):
    rest = timedelta(minutes=20)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def told(number):
    """A story like no other of its morning."""
    words = ["bridge", "talks", "harvest", "market", "theatre", "river", "school", "museum", "railway", "budget"]
    headline = f"{words[number % 10]} {words[number // 10]} {words[(3 * number + number // 10) % 10]}"
    return article(guid=f"g{number}", url=f"https://news.example.org/{number}", headline=headline.title(), body="")


def read(app, clock):
    app.ingesters["politics"].run_once(clock.now())
    return app.store.stories.feed("politics")


def test_a_feed_is_read_again_by_its_pace_and_the_store_knows_when(tmp_path, clock):
    with closing(told_app(tmp_path, clock=clock, source=ToldSource([article()], None, [article()]))) as app:
        state = read(app, clock)
        assert (state.next_at, state.why) == (clock.now() + 5 * MINUTE, "its rhythm is not known yet")
        assert rest(state) is None
        clock.advance(2 * 86400)
        state = read(app, clock)
        assert (state.next_at, state.why) == (clock.now() + 15 * MINUTE, "it is quiet at this hour")


def test_a_lively_feed_is_read_more_often_and_its_rhythm_is_not_looked_up_each_time(tmp_path, clock, monkeypatch):
    documents = [
        [article()],
        [told(n) for n in range(40)],
        None,
        None,
    ]
    with closing(told_app(tmp_path, clock=clock, source=ToldSource(*documents))) as app:
        read(app, clock)
        clock.advance(86400)
        read(app, clock)
        asked = []
        whole = app.store.stories.rhythm

        def rhythm(*arguments):
            asked.append(1)
            return whole(*arguments)

        monkeypatch.setattr(app.store.stories, "rhythm", rhythm)
        clock.advance(60)
        assert read(app, clock).why == "it is lively at this hour"
        clock.advance(60)
        assert read(app, clock).next_at == clock.now() + MINUTE
        assert len(asked) == 1


def test_what_the_server_asks_for_outlives_a_restart(tmp_path, clock):
    with closing(told_app(tmp_path, clock=clock, source=RestingSource([article()]))) as app:
        state = read(app, clock)
        assert (state.next_at, state.why) == (clock.now() + 20 * MINUTE, "its server calls it fresh so long")
        assert rest(state) == state.next_at


@pytest.mark.parametrize(
    ("error", "wait", "why"),
    [
        (FetchError("answered 503", status=503, retry_after=timedelta(hours=2)), 120, "its server asked for a pause"),
        (FetchError("answered 410", status=410), 7 * 24 * 60, "its address is gone for good (410)"),
        (FetchError("timed out"), 5, "it could not be read once"),
    ],
)
def test_a_feed_that_cannot_be_read_is_left_alone_as_long_as_is_right(tmp_path, clock, error, wait, why):
    with closing(told_app(tmp_path, clock=clock, source=ToldSource(error))) as app:
        state = read(app, clock)
        assert (state.next_at, state.why) == (clock.now() + wait * MINUTE, why)
        assert rest(state) == state.next_at


def test_every_feed_is_told_of_and_can_be_read_now(tmp_path, clock):
    with closing(told_app(tmp_path, clock=clock, source=ToldSource([article()], FetchError("timed out")))) as app:
        (never,) = dispatch(app, "feeds", {})["feeds"]
        assert (never["checked_at"], never["next_at"], never["host"]) == (None, None, "news.example.org")
        assert (never["hub"], never["hub_until"]) == (None, None)
        app.store.hubs.asked("politics", "https://hub.example.org/", "https://news.example.org/rss", clock.now())
        app.store.hubs.confirmed("politics", clock.now() + timedelta(days=1))
        assert dispatch(app, "poll", {"feed": "politics"}) == {
            "feed": "politics",
            "articles": 1,
            "changes": 1,
            "error": None,
        }
        (now,) = dispatch(app, "feeds", {})["feeds"]
        assert (now["stories_day"], now["stories_week"], now["type"]) == (1, 1, "feed")
        assert (now["hub"], now["hub_until"]) == ("active", "2026-11-25T12:00:00Z")
        assert dispatch(app, "poll", {"feed": "politics"})["error"] == "timed out"
        with pytest.raises(CallError, match="there is no feed 'x'"):
            dispatch(app, "poll", {"feed": "x"})


def test_the_commands_show_feeds_and_read_one(tmp_path):
    config = tmp_path / "config.toml"
    config.write_text(CONFIG.replace("news.example.org/rss", "127.0.0.1/rss"), "utf-8")

    def run(*arguments, code=0):
        done = CliRunner().invoke(cli, ["--config", str(config), *arguments])
        assert done.exit_code == code, done.output
        return done.stdout

    assert "never" in run("feeds")
    assert "will not contact" in run("poll", "politics", code=1)
    assert json.loads(run("poll", "politics", "--json", code=1))["changes"] == 0
    assert "feed politics: will not contact" in run("feeds")
    (feed,) = json.loads(run("feeds", "--json"))["feeds"]
    assert (feed["failures"], feed["why"]) == (2, "it could not be read 2 times in a row")


# -- turns


def test_feeds_of_one_server_come_one_after_another_and_keep_their_turn():
    turns = Turns(own_hosts(["cms.lan"]))
    assert turns.take("a", "news.example.org", NOW) == NOW
    assert turns.take("b", "news.example.org", NOW) == NOW + HOST_GAP
    assert turns.take("c", "news.example.org", NOW) == NOW + 2 * HOST_GAP
    assert turns.take("d", "other.example.org", NOW) == NOW
    assert [turns.take(name, "cms.lan", NOW) for name in "efg"] == [NOW] * 3
    assert turns.take("b", "news.example.org", NOW) == NOW + HOST_GAP
    assert turns.take("b", "news.example.org", NOW + HOST_GAP) == NOW + HOST_GAP
    assert turns.take("c", "news.example.org", NOW + 3 * HOST_GAP) == NOW + 3 * HOST_GAP


@pytest.mark.parametrize(
    ("entry", "own", "other"),
    [
        ("CMS.lan:8080", "cms.lan", "lan"),
        ("fd00::7", "fd00::7", "fd00::8"),
        ("[fd00::7]:8080", "fd00::7", "fd00"),
        ("fd00::/64", "fd00::9", "fd01::9"),
        ("10.0.0.0/8", "10.1.2.3", "11.1.2.3"),
        ("127.0.0.1:80", "127.0.0.1", "cms.lan"),
    ],
)
def test_a_house_of_any_spelling_is_not_spared_and_no_other_is_taken_for_it(entry, own, other):
    turns = Turns(own_hosts([entry]))
    assert [turns.take(name, own, NOW) for name in "ab"] == [NOW, NOW]
    assert [turns.take(name, other, NOW) for name in "cd"] == [NOW, NOW + HOST_GAP]


def test_a_clock_that_is_set_back_keeps_nobody_waiting():
    turns = Turns()
    turns.take("a", "news.example.org", NOW)
    turns.take("b", "news.example.org", NOW)
    before = NOW - 2 * FURTHEST
    assert turns.take("b", "news.example.org", before) == before
    assert turns.take("a", "news.example.org", before) == before + HOST_GAP


def test_first_readings_are_spread_and_always_alike(tmp_path, clock):
    with closing(told_app(tmp_path, clock=clock)) as app:
        (feed,) = app.settings.feeds
        assert timedelta(0) <= offset(feed, [feed]) < timedelta(milliseconds=50)
        assert offset(feed, [feed] * 5000) == offset(feed, [feed] * 5000) < MINUTE
        assert rest(FeedState()) is None
