"""Every page of the desk as a real browser draws it: for those who cannot see or use a mouse, on a phone, by night."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from distributor.web.desk.frame import ROOMS
from tests.browser.desk_site import DeskSite, entered, pages
from tests.browser.looking import LOOK, looked_after, problems

pytestmark = [pytest.mark.no_cover, pytest.mark.xdist_group("desk in a browser")]

#: Pixels of the smallest text of the desk.
LEAST = 14


def test_every_page_is_there_for_everybody(browser: Any, site: DeskSite) -> None:
    found = pages(site)
    assert set(ROOMS.values()) <= set(found)
    faults: dict[str, list[str]] = {}
    with looked_after(browser, viewport={"width": 1280, "height": 800}) as page:
        entered(page, site)
        for path in found:
            page.goto(site.address + path)
            faults |= {f"{path}, {place}": told for place, told in _looked(page) if told}
        page.goto(f"{site.address}/desk?lang=ru")
        for path in (one for one in found if "lang=" not in one):  # Russian words are longer
            page.goto(site.address + path)
            _open_all(page)
            faults |= {f"{path}, in Russian": told for told in [page.evaluate(LOOK, LEAST)] if told}
    assert faults == {}


def _open_all(page: Any) -> None:
    for one in page.locator("details").all():
        one.evaluate("(node) => { node.open = true; }")


def _looked(page: Any) -> Iterator[tuple[str, list[str]]]:
    """What is wrong with a page in a window and on a phone, by day and by night."""
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme="light")
    _open_all(page)
    yield "axe", problems(page)
    yield "1280", page.evaluate(LOOK, LEAST)
    page.set_viewport_size({"width": 360, "height": 800})
    yield "360", page.evaluate(LOOK, LEAST)
    page.emulate_media(color_scheme="dark")
    yield "360 by night", page.evaluate(LOOK, LEAST)
    yield "axe by night", problems(page, "color-contrast")


def test_the_way_in_is_there_for_everybody(browser: Any, site: DeskSite) -> None:
    with looked_after(browser, viewport={"width": 1280, "height": 800}) as page:
        page.goto(f"{site.address}/desk/login?failed=stranger")
        assert page.get_by_role("link", name="Log in with").is_visible()
        assert {place: told for place, told in _looked(page) if told} == {}


def test_axe_finds_what_keeps_people_out(browser: Any) -> None:
    page = browser.new_page()
    page.set_content("<html><body><img src='data:,'><button></button></body></html>")
    assert {one.partition(":")[0] for one in problems(page)} >= {"html-has-lang", "image-alt", "button-name"}
    page.close()
