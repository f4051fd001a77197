"""A desk with two channels and a digest, on the real database, under a clock that is set by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from distributor.app import App
from distributor.calls import dispatch
from distributor.errors import CallError
from distributor.model import State
from tests.api.fitting import misfits
from tests.apps import told_app
from tests.support import HandClock, ToldBulk, ToldChannel, ToldSource, article
from tests.test_docs import shape

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

[channels.mail]
type = "email"
host = "127.0.0.1"
tls = "none"
sender = "News <news@example.org>"

[routes.all]
channels = ["x", "y"]
{route}

[digests.morning]
channel = "mail"
slots = ["0 13 * * *"]
"""


class Desk:
    """The desk; every call is held against its documented shape."""

    def __init__(self, folder: Path, *, x: str = "", route: str = "", config: str = CONFIG) -> None:
        self.folder = folder
        self.clock = HandClock()
        self.source = ToldSource([])
        self.x, self.y, self.mail = ToldChannel("x"), ToldChannel("y"), ToldBulk("mail")
        self.config = config.format(x=x, route=route)
        self.app: App = self._open()

    def _open(self) -> App:
        channels = {"x": self.x, "y": self.y, "mail": self.mail}
        return told_app(self.folder, channels=channels, source=self.source, clock=self.clock, config=self.config)

    def restart(self) -> None:
        """The program ends and comes again."""
        self.app.close()
        self.app = self._open()
        self.app.store.holds.reconsider()

    def publish(self, *numbers: int, **fields: Any) -> None:
        """Stories come at once."""
        told = {"published": self.clock.now(), **fields}
        self.tell(*(article(number, **told) for number in numbers))

    def tell(self, *articles: Any) -> None:
        """The feed brings these articles."""
        self.source.documents = [list(articles)]
        self.app.ingesters["politics"].run_once(self.clock.now())

    def drain(self, *names: str) -> None:
        """Send all that may leave now."""
        for name in names or ("x", "y", "mail"):
            while self.app.deliverers[name].run_once() or self._has_more(name):
                continue

    def _has_more(self, name: str) -> bool:
        """Whether a lane would come again at once: a stop puts aside a slice at a time."""
        due = self.app.store.deliveries.next_due(name)
        return due is not None and due < self.clock.now()

    def call(self, name: str, **args: Any) -> Any:
        """What a call answers."""
        told = {"who": "Ann", "through": "command line"} if name not in ("held", "stops", "where", "upcoming") else {}
        found = dispatch(self.app, name, {**told, **args})
        commands = {"held": "schedule held", "send_now": "send-now"}
        assert misfits(found, shape(f"distributor {commands.get(name, name)}")) == []
        return found

    def refusal(self, name: str, **args: Any) -> tuple[str, str, str]:
        """Code, words and hint of a refusal."""
        try:
            self.call(name, **args)
        except CallError as error:
            return error.code, str(error), error.hint
        raise AssertionError(f"{name} was not refused")

    def rows(self, state: State | None = None, channel: str | None = None) -> list[Any]:
        """Rows of the ledger, the oldest first."""
        return list(reversed(self.app.store.deliveries.list(state=state, channel=channel, limit=20_000)))

    def held(self, channel: str | None = None) -> list[tuple[str, str]]:
        """What is held: the name of the hold, and why."""
        return [(row["held_by"], row["reason"]) for row in self.rows(State.HELD, channel)]

    def fates(self, channel: str = "x") -> dict[State, int]:
        """How many rows stand in which state."""
        return dict(self.app.store.deliveries.counts().get(channel, {}))

    def events(self, *kinds: str) -> list[tuple[str, str, str]]:
        """Kind, actor and detail of what is on record, the oldest first."""
        rows = reversed(self.app.store.deliveries.events(10_000))
        return [(row["kind"], row["actor"], row["detail"]) for row in rows if row["kind"] in kinds]


def url(number: int) -> str:
    """The address of a story."""
    return f"https://news.example.org/politics/story-{number}/"
