"""A room on a whole app, with people who write and press, and a conversation that remembers what it was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from distributor.app import App
from distributor.calls import dispatch
from distributor.chat.room import Room
from distributor.errors import ChannelError
from distributor.model import Article, Button, Card, Said, Us
from tests.apps import told_app
from tests.support import HandClock, ToldChannel, ToldSource

ANNA, BORIS, STRANGER = 11, 12, 99
CHAT, TOPIC = -100, 5

CONFIG = """\
[store]
folder = "state"

[desk]
name = "Desk"
zone = "Europe/Minsk"

[feeds.politics]
url = "https://news.example.org/rss"
first_run = "publish"

[channels.x]
type = "console"

[channels.y]
type = "console"

[channels.tg]
type = "telegram"
token = "1:a"
chat = "@desk"
watch = "0s"

[routes.all]
channels = ["x", "y"]
#route

[operations]
bot = "tg"
chat = "-100"
topic = 5
people = ["11 Anna", "12 Boris"]
"""


@dataclass
class Message:
    """A message of the chat as it stands."""

    number: int
    card: Card
    topic: int
    answers: int

    @property
    def text(self) -> str:
        return self.card.text

    @property
    def buttons(self) -> dict[str, Button]:
        return {one.words: one for row in self.card.buttons for one in row}


class ToldConversation:
    """Shows what it is given, or refuses as told."""

    def __init__(self, clock: HandClock) -> None:
        self.clock = clock
        self.messages: dict[int, Message] = {}
        self.answers: list[tuple[str, str]] = []
        self.errors: list[ChannelError] = []
        self.instants: list[Any] = []
        self.last = 1000
        self.hears_all = True

    def us(self) -> Us:
        self._fail()
        return Us(username="desk_bot", chat=CHAT, title="Operations", hears_all=self.hears_all)

    def show(self, card: Card, *, topic: int = 0, answers: int = 0) -> int:
        self._fail()
        self.last += 1
        self.instants.append(self.clock.now())
        self.messages[self.last] = Message(self.last, card, topic, answers)
        return self.last

    def change(self, number: int, card: Card) -> None:
        self._fail()
        self.instants.append(self.clock.now())
        self.messages[number].card = card

    def answer(self, press: str, words: str) -> None:
        self._fail()
        self.answers.append((press, words))

    def _fail(self) -> None:
        if self.errors:
            raise self.errors.pop(0)


class Chat:
    """The operations chat of an app in a folder."""

    def __init__(self, folder: Path, *articles: Article, route: str = "", config: str = CONFIG) -> None:
        self.folder = folder
        self.config = config.replace("#route", route)
        self.clock = HandClock()
        self.articles = articles
        self.talk = ToldConversation(self.clock)
        #: a press that a test tells again
        self.last: Said | None = None
        self.presses = 0
        self.open()

    def open(self) -> None:
        self.channels = {"x": ToldChannel("x"), "y": ToldChannel("y")}
        self.app: App = told_app(
            self.folder,
            config=self.config,
            clock=self.clock,
            channels={**self.channels, "tg": ToldChannel("tg")},
            source=ToldSource(self.articles),
        )
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        self.room = Room(self.app, self.run, self.talk)

    def restart(self) -> None:
        """The program ends and begins again on the same store."""
        self.app.close()
        self.open()

    def run(self, name: str, args: Mapping[str, Any]) -> dict[str, Any]:
        self.calls.append((name, args))
        return dispatch(self.app, name, args)

    def read(self) -> None:
        """Read the feed, and bring the cards up to date."""
        self.app.ingesters["politics"].run_once(self.clock.now())
        self.settle()

    def settle(self) -> None:
        """Let the room write all that it has to, however long its pace makes it."""
        for _ in range(200):
            rest = self.room.work()
            if self.room._mouth.rest() <= timedelta(0) and rest >= timedelta(seconds=2):
                return
            self.clock.advance(max(0.05, rest.total_seconds()))
        raise AssertionError("the room never comes to rest")

    def say(self, text: str, *, by: int = ANNA, answers: int = 0, topic: int = TOPIC, chat: int = CHAT,
            links: Sequence[str] = (), ago: float = 0) -> list[str]:  # fmt: skip
        """What the room answers to what somebody writes."""
        self.talk.last += 1
        at = self.clock.now() - timedelta(seconds=ago)
        number = self.talk.last
        found = tuple(links) or tuple(word for word in text.split() if word.startswith("http"))
        said = Said(
            person=by, name="?", chat=chat, topic=topic, message_id=number, at=at, text=text, answers=answers,
            links=found,
        )  # fmt: skip
        self.room.hear([said])
        self.settle()
        return [one.text for one in self.talk.messages.values() if one.answers == number]

    def press(self, message: Message, words: str, *, by: int = ANNA, **fields: Any) -> str:
        """What whoever presses a button is told; nothing: they are not answered."""
        said = self.pressed(message, words, by=by)
        self.room.hear([replace(said, **fields)])
        self.settle()
        return next((told for press, told in self.talk.answers if press == said.press_id), "nothing")

    def pressed(self, message: Message, words: str, *, by: int = ANNA) -> Said:
        """A press as the platform tells it."""
        self.presses += 1
        data = message.buttons[words].data
        return Said(
            person=by, name="?", chat=CHAT, topic=TOPIC, message_id=message.number, at=self.clock.now(),
            pressed=data, press_id=f"p{self.presses}",
        )  # fmt: skip

    @property
    def cards(self) -> list[Message]:
        """The messages that have buttons, oldest first."""
        return [one for one in self.talk.messages.values() if one.card.buttons]

    @property
    def card(self) -> Message:
        (one,) = self.cards
        return one

    def states(self) -> dict[str, str]:
        """What stands where, by channel."""
        rows = self.app.store.deliveries.list(limit=100)
        from distributor.looks import row_json

        return {one["channel"]: one["state"] for one in map(row_json, rows)}

    def events(self) -> list[tuple[str, str]]:
        return [(row["kind"], row["actor"]) for row in reversed(self.app.store.deliveries.events(100))]
