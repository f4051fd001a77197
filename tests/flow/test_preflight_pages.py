"""Pages looked at before their links are posted, on the loopback newsroom; each once for all channels."""

from __future__ import annotations

import base64
import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from distributor.app import App, open_app
from distributor.cli.root import cli
from distributor.config import load
from distributor.flows.preflight import Preflight, Surveyor
from distributor.model import ChannelPolicy, Image, Message, PageFacts, Rendered, State
from tests.flow.test_flows import Newsroom
from tests.platforms import Loop, until
from tests.support import HandClock, article
from tests.unit.test_picture_waits import ROW
from tests.unit.test_pictures import drawn

POOR = '<html><head><title>Rain</title><meta property="og:title" content="Rain"></head><body>Rain</body></html>'


class Desk:
    """The whole app in this process, on a clock of its own, with a story whose page is served as it is told."""

    def __init__(self, loop: Loop, wish: str, **story: Any) -> None:
        self.loop = loop
        change = f'preflight = "{wish}"\npreflight_wait = "1m"'
        loop.configure(
            *((f'type = "{kind}"', f'type = "{kind}"\n{change}') for kind in ("twitter", "telegram")),
            ('channels = ["x", "telegram", "hook"]', 'channels = ["x", "telegram"]'),
        )
        loop.platforms.control("site", "config", {"base": loop.platforms.urls["site"]})
        (self.url,) = loop.publish("Rain over the city", **story)
        self.clock = HandClock(datetime.now(UTC))
        self.app: App = open_app(load(loop.config, environ={}, cwd=loop.folder), clock=self.clock, threaded=False)

    def serve(self, page: str | None) -> None:
        """Serve another page under the story's address; None: its own again."""
        path = self.url.removeprefix(self.loop.platforms.urls["site"])
        raw = {} if page is None else {path: {"body": page, "content_type": "text/html; charset=utf-8"}}
        self.loop.platforms.control("site", "config", {"raw": raw})

    def read(self) -> None:
        ingester = self.app.ingesters["news"]
        until(lambda: not ingester.run_once(self.clock.now()).error)

    def work(self, seconds: int = 0) -> None:
        """Send what may leave, for so many seconds."""
        for second in range(0, seconds + 1, 5):
            self.clock.advance(5 if second else 0)
            for deliverer in self.app.deliverers.values():
                while deliverer.run_once():
                    pass

    def states(self) -> set[State]:
        return {state for counts in self.app.store.deliveries.counts().values() for state in counts}


PICTURE = {"generated": "rain", "alt": "A wet street"}


def test_a_page_that_is_ready_is_looked_at_once_for_all_channels(loop: Loop) -> None:
    desk = Desk(loop, "hold", image=PICTURE)
    with closing(desk.app):
        desk.read()
        desk.work()
        assert desk.states() == {State.SENT}
        found = desk.app.store.preflights.of_story(desk.app.store.stories.latest(1)[0].id)
    assert found is not None
    assert (found.looks, found.facts.width, found.facts.height) == (1, 1200, 630)
    assert len(loop.lines("x")) == len(loop.lines("telegram")) == 1


def test_what_is_missing_is_waited_for_and_the_post_leaves_once_it_is_there(loop: Loop) -> None:
    desk = Desk(loop, "hold", image=PICTURE)
    with closing(desk.app):
        desk.serve(POOR)
        desk.read()
        desk.work(5)
        assert desk.states() == {State.HELD}
        held = desk.app.store.deliveries.list()
        assert {row["held_by"] for row in held} == {"preflight"}
        assert all("no og:image" in row["reason"] for row in held)
        desk.serve(None)
        desk.work(20)
        assert desk.states() == {State.SENT}
        story = desk.app.store.stories.latest(1)[0]
        found = desk.app.store.preflights.of_story(story.id)
        assert found is not None
        assert found.looks == 2
        assert not desk.app.store.preflights.lacks_of(story.id)


def test_still_missing_it_leaves_with_a_warning_on_record(loop: Loop, caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk(loop, "warn")
    with closing(desk.app):
        desk.read()
        desk.work(55)
        assert desk.states() == {State.HELD}
        desk.work(10)
        assert desk.states() == {State.SENT}
    assert "the page has no og:image" in caplog.text
    ran = CliRunner().invoke(cli, ["--config", str(loop.config), "where", desk.url, "--json"])
    assert {one["page_lacks"] for one in json.loads(ran.stdout)["deliveries"]} == {"the page has no og:image"}
    shown = CliRunner().invoke(cli, ["--config", str(loop.config), "preview", "--channel", "x", "--json"])
    assert json.loads(shown.stdout)["previews"][0]["page"]["lacks"] == ["the page has no og:image"]


def test_still_missing_it_is_held_until_somebody_lets_it_go(loop: Loop) -> None:
    desk = Desk(loop, "hold")
    with closing(desk.app):
        desk.read()
        desk.work(65)
        assert desk.states() == {State.HELD}
        assert all(row["held_until"] is None for row in desk.app.store.deliveries.list())
    ran = CliRunner().invoke(cli, ["--config", str(loop.config), "release", "--held-by", "preflight", "--by", "Anna"])
    assert ran.exit_code == 0, ran.output
    with closing(open_app(load(loop.config, environ={}, cwd=loop.folder), clock=desk.clock, threaded=False)) as app:
        desk.app = app
        desk.work(1)
        assert desk.states() == {State.SENT}


def test_a_flash_does_not_wait(loop: Loop) -> None:
    desk = Desk(loop, "hold", urgency=1)
    with closing(desk.app):
        desk.serve(POOR)
        desk.read()
        desk.work()
        assert desk.states() == {State.SENT}
        assert desk.app.store.preflights.of_story(desk.app.store.stories.latest(1)[0].id) is None


def test_a_picture_that_is_too_small_for_a_card_is_one_that_is_missing(loop: Loop) -> None:
    desk = Desk(loop, "hold")
    with closing(desk.app):
        body = base64.b64encode(drawn(200, 100)).decode()
        page = POOR.replace("</head>", '<meta property="og:image" content="/small.jpg"></head>')
        path = desk.url.removeprefix(loop.platforms.urls["site"])
        raw = {path: {"body": page, "content_type": "text/html"}, "/small.jpg": {"body_base64": body}}
        loop.platforms.control("site", "config", {"raw": raw})
        desk.read()
        desk.work()
        assert desk.states() == {State.HELD}
        assert all("too small (200 x 100 pixels)" in row["reason"] for row in desk.app.store.deliveries.list())


class Page:
    """A page that shows what it is told."""

    def __init__(self, facts: PageFacts) -> None:
        self.facts = facts

    def look(self, url: str) -> PageFacts:
        return self.facts


@pytest.mark.parametrize(
    ("shown", "alt", "said"),
    [
        ("http://news.example.org/1.jpg?utm_source=rss", "", "A wet street"),
        ("https://news.example.org/1.jpg", "The feed's own words", "The feed's own words"),
        ("https://news.example.org/2.jpg", "", ""),
    ],
)
def test_a_picture_without_words_has_those_of_its_page(tmp_path: Path, shown: str, alt: str, said: str) -> None:
    room = Newsroom(tmp_path)
    with closing(room.store):
        room.read([article()])
        (story,) = room.store.stories.latest(1)
        facts = PageFacts(title="Rain", image=shown, image_alt="A wet street", width=1200, height=630)
        surveyor, book = Surveyor(Page(facts), room.store.preflights), room.store.preflights
        gate = Preflight(surveyor, book, policy=ChannelPolicy(), crawler="", clock=room.clock)
        image = Image(url="https://news.example.org/1.jpg", alt=alt)
        message = Message(text="Rain", link=story.article.url, image=image)
        rendered = Rendered(delivery_id=ROW.id, message=message, carried=())
        ready = gate.ready(replace(ROW, subject_id=story.id), rendered)
    assert isinstance(ready, Rendered)
    assert ready.message == replace(message, image=replace(image, alt=said))
