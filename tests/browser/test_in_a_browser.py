"""Mails and readers' pages as a real browser draws them: at three widths, by day and by night, without pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from distributor.calls import dispatch
from distributor.web.opening import readers_routes
from distributor.web.server import WebServer
from distributor.web.site import make_site
from tests.browser.looking import LOOK, own_only
from tests.flow.test_public_pages import NOTE, Newsroom
from tests.support import article

pytestmark = pytest.mark.no_cover

GOLDEN = Path(__file__).parent.parent / "golden"
MAILS = ("digest", "digest-sections", "alert", "correction", "own-public", "letter-confirm")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_mails_can_be_read_at_every_width_without_pictures(browser: Any, scheme: str) -> None:
    page = browser.new_page(color_scheme=scheme)
    page.route("**/*", own_only)
    for name in MAILS:
        page.set_content((GOLDEN / f"email-{name}.html").read_text("utf-8"), wait_until="domcontentloaded")
        for width in (320, 600, 1200):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate(LOOK) == [], f"{name}, {width}"
            assert page.locator("h1").bounding_box()["width"] > 200
    page.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[str]]]:
    """A newsroom with an issue, a correction and a withdrawal on its real server: its address, and what is there."""
    desk = Newsroom(tmp_path_factory.mktemp("site"))
    arabic = article(9, headline="وزير الخارجية يصل إلى Minsk في زيارة رسمية", language="ar", categories=("سياسة",))
    number, parcel = desk.issue(article(1), article(2, headline="Long" * 60), article(3), arabic)
    desk.post()
    desk.clock.advance(60)
    desk.correct(1)
    dispatch(desk.app, "withdraw", {"who": "Anna", "through": "x", "url": article(3).url, "reason": "wrong"})
    server = WebServer(make_site(readers_routes(desk.app)), "127.0.0.1", 0)
    server.start()
    own = parcel.recipient.links.view.rpartition("/")[2]
    paths = [f"/r/issue/{number}", f"/r/issue/{own}", "/r/archive/morning", "/r/news", "/r/news/embed"]
    yield f"http://127.0.0.1:{server.address[1]}", paths
    server.close()
    desk.app.close()


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (360, "dark"), (1200, "light")])
def test_pages_are_whole_under_their_own_policy_and_go_by_keyboard(
    browser: Any, site: tuple[str, list[str]], width: int, scheme: str
) -> None:
    address, paths = site
    page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 800})
    page.route("**/*", own_only)
    refused: list[str] = []
    page.on("console", lambda told: refused.append(told.text) if "Content Security Policy" in told.text else None)
    for path in paths:
        assert page.goto(address + path, wait_until="domcontentloaded").status == 200
        assert page.evaluate(LOOK) == [], path
        assert page.evaluate("document.scripts.length") == 0
        assert (NOTE in page.content()) is (path != "/r/archive/morning")
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "[document.activeElement.tagName, getComputedStyle(document.activeElement).outlineStyle]"
        )
        assert focused == ["A", "solid"]
    assert refused == []
    page.close()
