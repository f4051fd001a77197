"""A newsroom on its real server with something on every page of its desk, and somebody who is logged in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import unescape
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx2

from distributor.calls import dispatch
from distributor.errors import Rejected, UnknownOutcome
from distributor.keys import passwords
from distributor.web.opening import desk_routes, readers_routes
from distributor.web.server import WebServer
from distributor.web.site import make_site
from tests.apps import CONFIG, told_app
from tests.support import NOON, HandClock, ToldBulk, ToldChannel, ToldSource, article

PASSWORD = "a long and quiet river"
#: Where somebody works who may do everything.
NAME = "Olga"
_X = """[channels.x]
type = "telegram"
token = "1:a"
chat = "@northern"
watch = "0s"
"""
_RULES = """
title = "Morning news"
categories = ["Politics", "Economy"]

[routes.slow]  # sport can wait
categories = ["Sport"]
channels = ["y"]
approval = "one"
"""
_MORE = """
[desk]
name = "Northern Wire"
zone = "Europe/Minsk"

[web]
listen = "127.0.0.1:8464"
public = "http://127.0.0.1:8464"

[oidc]
issuer = "http://127.0.0.1:9"
client_id = "desk"
label = "the house's own login of the Northern W"
"""
#: Pages that differ in little but their values: one of each kind is enough.
_ALIKE = ("/desk/schedules/routes", "/desk/schedules/digests", "/desk/schedules/channels")
ARABIC = "وزير الخارجية يصل إلى Minsk في زيارة رسمية"


class Site(Protocol):
    """Where a desk is reached."""

    #: ``http://127.0.0.1:P``
    address: str


class DeskSite:
    """The newsroom: stories published, failed, unknown, held, to be approved, stopped, corrected; an issue, readers."""

    def __init__(self, folder: Path) -> None:
        self.clock, self.source = HandClock(), ToldSource([])
        self.x = ToldChannel("x")
        self.x.kind = "telegram"
        self.y = ToldChannel("y", Rejected("the account may not post"), UnknownOutcome("no answer"))
        operators, head, editors = CONFIG.partition("[routes.all]")
        (folder / "editorial.toml").write_text(f"# the editors' own\n{head}{editors}{_RULES}", "utf-8")
        config = operators.replace('[channels.x]\ntype = "console"\n', _X) + _MORE
        channels = {"x": self.x, "y": self.y, "mail": ToldBulk("mail")}
        self.app = told_app(
            folder, clock=self.clock, config=config, source=self.source, channels=channels, threaded=True
        )
        routes = [*desk_routes(self.app, self.answer), *readers_routes(self.app)]
        self.server = WebServer(make_site(routes), "127.0.0.1", 0)
        self.address = f"http://127.0.0.1:{self.server.address[1]}"
        self._fill()
        self.server.start()

    def answer(self, name: str, args: Any) -> Any:
        """What a call answers."""
        return dispatch(self.app, name, args)

    def act(self, call: str, /, **args: Any) -> Any:
        """The same in Anna's name."""
        return self.answer(call, {"who": "Anna", "through": "command line", **args})

    def read(self, *articles: Any) -> None:
        """The feed brings these."""
        self.source.documents = [list(articles)]
        self.app.ingesters["politics"].run_once(self.clock.now())

    def send(self, *names: str) -> None:
        """All that may leave now."""
        for name in names:
            while self.app.deliverers[name].run_once():
                continue

    def close(self) -> None:
        self.server.close()
        self.app.close()

    def _fill(self) -> None:
        self.act("user_add", name=NAME, role="operator", password=PASSWORD)
        for name in ("anna@example.org", "boris@example.org"):
            self.app.store.subscribers.subscribe(name, ["morning"], now=NOON, source="page")
        told = [article(1), article(2, headline="Long" * 50), article(3, headline=ARABIC, language="ar"), article(4)]
        self.read(*told)
        self.send("x", "y")
        self.clock.advance(600)
        self.act("correct", url=article(1).url, note="It was another minister.")
        self.act("withdraw", url=article(4).url, reason="it is wrong")
        self.read(*told[:3], article(5), article(6, categories=("Sport",)), article(7))
        self.act("hold", url=article(5).url, reason="the lawyer reads it")
        self.act("stop", category="Sport", reason="the table is wrong")
        self.clock.at = self.app.digesters["morning"].next_slot(self.clock.now()) or NOON
        self.app.digesters["morning"].run_due(self.clock.now())
        self.send("mail")
        self.app.store.alerts.raise_alert(
            "lane:x", "nothing leaves on x", hint="look at its token", now=self.clock.now()
        )
        self.app.store.stories.feed_failed("politics", "404", now=self.clock.now())


def pages(site: DeskSite) -> Sequence[str]:
    """Every page of the desk that links lead to from its first one: of each kind of address the first two."""
    browser = httpx2.Client(base_url=site.address, follow_redirects=True)
    with browser:
        enter(browser)
        return list(_walk(browser))


def enter(browser: Any) -> None:
    """Log in."""
    told = {"name": NAME, "password": PASSWORD, "next": "/desk"}
    browser.post("/desk/login", data=told, headers={"sec-fetch-site": "same-origin"})


def entered(page: Any, site: Site) -> None:
    """Log in as somebody does."""
    page.goto(f"{site.address}/desk")
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/desk")


def _walk(browser: Any) -> Iterator[str]:
    waiting, kinds, seen = ["/desk"], dict[str, int](), set[str]()
    while waiting:
        path = waiting.pop(0)
        kind = _kind(path)
        if path in seen or kinds.get(kind, 0) == (1 if kind.startswith(_ALIKE) else 2):
            continue
        seen.add(path)
        answer = browser.get(path)
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        kinds[kind] = kinds.get(kind, 0) + 1
        yield path
        waiting += [unescape(one) for one in re.findall(r'<a [^>]*href="(/desk[^"#]*)', answer.text)]


def _kind(path: str) -> str:
    """What pages of one kind have in common: the folders and the names of what they are asked with."""
    parts = urlsplit(path)
    names = sorted(one.partition("=")[0] for one in parts.query.split("&") if one and not one.startswith("lang="))
    path = re.sub(r"(/schedules/\w+)/.+", r"\1/NAME", re.sub(r"[0-9]+", "N", parts.path))
    return f"{path}?{'&'.join(names)}"


def cheap_passwords() -> Any:
    """Passwords at the least cost: what it costs is in them, so the shipped comparison reads it."""
    import pytest

    patch = pytest.MonkeyPatch()
    patch.setattr(passwords, "USUAL", cheapest := passwords.Cost(memory=8, passes=1))
    patch.setattr(passwords.lock_up, "__defaults__", (cheapest,))
    return patch
