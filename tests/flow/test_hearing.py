"""What people say to the bot of the operations chat reaches whoever does it, before the platform forgets it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from distributor.errors import RateLimited, Rejected, StoreError, Unauthorized, Unavailable
from distributor.flows.watch import AFTER_CONFLICT, AFTER_DEAFNESS, LONGEST_POLL, Watcher, ears
from distributor.interfaces import Channel
from distributor.model import News, Said, Seen
from distributor.store.opening import Store
from tests.support import NOON, HandClock, ToldChannel, store_with


def said(number: int, text: str = "/stop") -> Said:
    return Said(person=1, name="Anna", chat=-100, topic=0, message_id=number, at=NOON, text=text)


class Bot(ToldChannel):
    """Tells everything from a number on, and forgets what is before it."""

    ear = "told:1"
    place = "@desk"

    def __init__(self) -> None:
        super().__init__("x")
        self.told: list[News] = []
        self.asked: list[int] = []
        self.errors: list[Exception] = []

    def listen(self, after: int, wait: timedelta) -> News:
        self.asked.append(after)
        if self.errors:
            raise self.errors.pop(0)
        self.told = [news for news in self.told if news.next > after]
        return self.told[0] if self.told else News()

    def hush(self) -> None:
        return None


class Desk:
    """Hears, or cannot."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.errors: list[Exception] = []

    def hear(self, told: Sequence[Said]) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.heard += [one.text for one in told]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = store_with(tmp_path, "x", "y")
    yield found
    found.close()


def watcher(store: Store, watched: dict[str, Channel], *bots: Channel) -> Watcher:
    (ear,) = ears(watched, bots=bots)
    return Watcher(ear, store.sightings, store.alerts, [], every=LONGEST_POLL, clock=HandClock())


def test_one_listener_serves_the_chat_and_the_channels_that_are_watched(store):
    bot, desk = Bot(), Desk()
    post = Seen(remote_id="7", url="https://t.me/desk/7", at=NOON, text="by hand")
    bot.told = [News(next=8, posts=((frozenset({"@desk"}), post),), said=(said(1), said(2, "/status")))]
    listens = watcher(store, {"x": bot}, bot)
    listens.introduce(desk)
    assert listens.run_once(waits=True) == timedelta(0)
    assert desk.heard == ["/stop", "/status"]
    assert len(store.sightings.free("x", NOON - timedelta(days=1))) == 1
    assert bot.asked == [0, 8]
    assert (listens.name, listens.serves) == ("x, the operations chat", True)


def test_a_bot_whose_channel_is_not_watched_hears_the_chat_and_keeps_no_posts(store):
    bot, desk = Bot(), Desk()
    post = Seen(remote_id="7", url="https://t.me/desk/7", at=NOON, text="by hand")
    bot.told = [News(next=8, posts=((frozenset({"@desk"}), post),), said=(said(1),))]
    listens = watcher(store, {}, bot)
    listens.introduce(desk)
    assert listens.run_once() == timedelta(0)  # also after the first look, which waits for nothing
    assert desk.heard == ["/stop"]
    assert not store.sightings.free("x", NOON - timedelta(days=1))
    assert listens.name == "the operations chat"


def test_what_could_not_be_done_is_told_again(store):
    bot, desk = Bot(), Desk()
    bot.told = [News(next=8, said=(said(1),))]
    desk.errors = [StoreError("the disk is full")]
    listens = watcher(store, {}, bot)
    listens.introduce(desk)
    with pytest.raises(StoreError):
        listens.run_once()
    assert (desk.heard, bot.asked) == ([], [0])
    listens.run_once()
    assert (desk.heard, bot.asked) == (["/stop"], [0, 0, 8])


def test_what_is_said_to_a_bot_that_serves_no_chat_is_let_go(store):
    bot = Bot()
    bot.told = [News(next=8, said=(said(1),))]
    listens = watcher(store, {"x": bot})
    listens.run_once()
    assert bot.asked == [0, 8]
    assert not listens.serves


def test_a_chat_that_is_not_heard_is_told_of_and_listened_to_again_within_a_minute(store):
    bot = Bot()
    listens = watcher(store, {"x": bot}, bot)
    bot.errors = [Rejected("taken"), Unauthorized("no"), *[Unavailable("away")] * 9]
    assert listens.run_once() == AFTER_DEAFNESS
    (alert,) = store.alerts.open_alerts()
    assert alert.text == "the operations chat (and posts by hand on x) cannot be heard: taken"
    assert alert.hint == "end the other program or webhook that listens"
    assert [listens.run_once() for _ in range(10)][-1] == AFTER_DEAFNESS
    bot.errors = [RateLimited("wait", retry_after=timedelta(minutes=9))]
    assert listens.run_once() == timedelta(minutes=9)  # asking earlier would make it longer
    listens.run_once()
    assert not store.alerts.open_alerts()


def test_a_chat_of_a_bot_that_watches_nothing_is_named_alone(store):
    bot = Bot()
    bot.errors = [Rejected("taken")]
    watcher(store, {}, bot).run_once()
    assert store.alerts.open_alerts()[0].text == "the operations chat cannot be heard: taken"


def test_a_bot_that_cannot_listen_serves_no_chat(store):
    assert not ears({}, bots=[ToldChannel("x")])
    assert AFTER_CONFLICT > AFTER_DEAFNESS
