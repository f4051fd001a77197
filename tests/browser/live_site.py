"""A newsroom on its real server with its real channels on the loopback platforms, and its operations chat."""

from __future__ import annotations

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import message_from_bytes
from email.message import Message
from email.policy import default
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from distributor.app import open_app
from distributor.calls import dispatch
from distributor.chat.opening import open_room
from distributor.config import load
from distributor.drills.demo import ShiftedClock
from distributor.drills.names import story_name
from distributor.engine.round import run_round
from distributor.sandbox.client import Running
from distributor.web.opening import desk_routes, readers_routes
from distributor.web.server import WebServer
from distributor.web.site import make_site
from tests.browser.desk_site import NAME, PASSWORD
from tests.operations import ANNA, BORIS, OPS, Group
from tests.platforms import PATIENCE, Loop

T = TypeVar("T")

#: The platforms that show single stories.
SHOWN = ("x", "telegram", "hooks")
#: Stories of a section go at once, wait for a yes, or wait two hours, so that there is time to change one's mind.
FEEDS = {"news": "/society/rss.xml", "asked": "/politics/rss.xml", "slow": "/sport/rss.xml"}
SECTIONS = {"news": "society", "asked": "politics", "slow": "sport"}
_ROUTES = """\
[routes.all]
feeds = ["news"]
channels = ["x", "telegram", "hook"]
"""
_MORE = """
[routes.asked]
feeds = ["asked"]
channels = ["x", "telegram", "hook"]
shelf_life = "0s"
approval = "one"

[routes.slow]
feeds = ["slow"]
channels = ["x", "telegram", "hook"]
shelf_life = "0s"
delay = "2h"

[web]
listen = "127.0.0.1:0"
public = "{public}"

[operations]
bot = "telegram"
chat = "{chat}"
topic = {topic}
people = ["{anna} Anna", "{boris} Boris"]
"""


class LiveSite:
    """The newsroom; its rounds are the test's to call, and its clock runs with the platforms'."""

    def __init__(self, folder: Path, platforms: Running) -> None:
        self.loop, self.platforms = Loop(folder, platforms), platforms
        self.loop.clean()
        self.group = Group(self.loop)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = int(taken.getsockname()[1])
        self.address = f"http://127.0.0.1:{port}"
        self._configure()
        self.clock = ShiftedClock()
        self.app = open_app(load(self.loop.config, environ={}, cwd=folder), clock=self.clock, threaded=True)
        self.room = open_room(self.app, self.answer)
        routes = [*desk_routes(self.app, self.answer), *readers_routes(self.app)]
        self.server = WebServer(make_site(routes), "127.0.0.1", port)
        self._hand = ThreadPoolExecutor(1)  # the browser has this thread's event loop; channels want their own
        self.act("user_add", name=NAME, role="operator", password=PASSWORD)
        self.server.start()

    def answer(self, name: str, args: Any) -> Any:
        """What a call answers."""
        return dispatch(self.app, name, args)

    def act(self, call: str, /, **args: Any) -> Any:
        """The same in the name of whoever sits at the machine."""
        return self.answer(call, {"who": "root", "through": "command line", **args})

    def round(self) -> None:
        """Hear the chat, read the feeds, send all that may leave, and write what the chat is to see."""
        self._away(partial(run_round, self.app))
        self._away(self._write)

    def publish(self, headline: str, feed: str = "news", **fields: Any) -> str:
        """A story on the newsroom's site, read by the next round; its address."""
        (url,) = self.loop.publish(headline, section=SECTIONS[feed], **fields)
        return url

    def wait_for_issue(self) -> None:
        """It is the hour of the next issue."""
        at = self.app.digesters["daily"].next_slot(self.clock.now())
        assert at is not None
        self.wait(at - self.clock.now())

    def wait(self, ahead: timedelta) -> None:
        """So much later on all clocks."""
        self.clock.ahead += ahead
        self.platforms.advance(ahead.total_seconds())

    def seen(self, url: str) -> dict[str, int]:
        """How often a story stands on each platform that shows it, by the platforms' own journals."""
        counts = {platform: self.loop.shown(platform)[story_name(url)] for platform in SHOWN}
        return {platform: count for platform, count in counts.items() if count}

    def texts(self, platform: str, words: str) -> list[str]:
        """What readers see with such words on a platform, by its own journal."""
        return [text for text in self.loop.texts(platform) if words in text]

    def mailed(self, *readers: str) -> list[dict[str, Any]]:
        """The mails that readers got, by the mail platform's own journal."""
        return [line for line in self.platforms.journal("smtp") if set(line["to"]) & set(readers)]

    def content(self, mail: dict[str, Any]) -> Message:
        """A mail with all its headers, as its reader's program has it."""
        return message_from_bytes((self.platforms.state / mail["path"]).read_bytes(), policy=default)

    def close(self) -> None:
        """End the server, the app and its hand."""
        self.server.close()
        self._away(self.app.close)
        self._hand.shutdown()

    def _away(self, work: Callable[[], T]) -> T:
        return self._hand.submit(work).result(PATIENCE)

    def _write(self) -> None:
        """All that is to be said in the chat, however long its pace makes it."""
        assert self.room is not None
        for _ in range(100):
            rest = self.room.work()
            if self.room._mouth.rest() <= timedelta(0) and rest >= timedelta(seconds=2):
                return
            self.wait(rest)
        raise AssertionError("the room never comes to rest")

    def _configure(self) -> None:
        public, topic = self.address, self.group.topic
        changes = [
            ('[routes.all]\nchannels = ["x", "telegram", "hook"]\n', _ROUTES),
            ("[digests.daily]\n", '[digests.daily]\nundo = "10m"\ncanary = 1\n'),
        ]
        more = _MORE.format(public=public, chat=OPS, topic=topic, anna=ANNA, boris=BORIS)
        self.loop.configure(*changes, feeds=FEEDS, slot="0 6 * * *", more=more)
