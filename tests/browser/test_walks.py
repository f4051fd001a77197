"""Somebody at the desk from end to end, in a real browser: with scripts where pages change by themselves."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.desk_site import DeskSite, entered
from tests.browser.looking import looked_after
from tests.support import article

pytestmark = [pytest.mark.no_cover, pytest.mark.xdist_group("walks in a browser")]


def test_the_first_page_shows_by_itself_what_has_come(browser: Any, site: DeskSite) -> None:
    with looked_after(browser) as page:
        page.clock.install()
        entered(page, site)
        site.read(article(21, headline="The bridge is open"))
        site.send("x")
        assert page.get_by_text("The bridge is open").count() == 0
        page.clock.fast_forward(16_000)
        page.get_by_text("The bridge is open").first.wait_for()


def test_everything_is_stopped_and_let_go_without_scripts(browser: Any, site: DeskSite) -> None:
    with looked_after(browser, java_script_enabled=False) as page:
        entered(page, site)
        page.goto(f"{site.address}/desk/stop")
        page.get_by_label("Why").first.fill("a wrong name everywhere")
        page.get_by_role("button", name="Stop everything").click()
        assert page.get_by_text("a wrong name everywhere").count()
        assert "a wrong name everywhere" in [one.reason for one in site.app.store.stops.in_force(site.clock.now())]
        page.get_by_role("button", name="End it and send").click()
        page.get_by_text("Done, and on record.").wait_for()
        assert not site.app.store.stops.in_force(site.clock.now())


def test_a_reader_is_found_and_leaves_on_the_newsrooms_word_without_scripts(browser: Any, site: DeskSite) -> None:
    with looked_after(browser, java_script_enabled=False) as page:
        entered(page, site)
        page.goto(f"{site.address}/desk/readers")
        page.locator("#text").fill("anna@")
        page.get_by_role("button", name="Look up").click()
        if page.locator("details#leave-1").count() == 0:
            page.get_by_role("link", name="anna@example.org").click()
        page.locator("summary", has_text="End it").first.click()
        page.get_by_role("button", name="Yes, end this subscription").click()
        page.get_by_text("Done, and on record.").wait_for()
    assert site.app.store.subscribers.addresses("morning") == ["boris@example.org"]


def test_the_next_issue_is_seen_before_it_leaves_without_scripts(browser: Any, site: DeskSite) -> None:
    with looked_after(browser, java_script_enabled=False) as page:
        entered(page, site)
        page.goto(f"{site.address}/desk/digests")
        page.get_by_role("link", name="Preview and test").first.click()
        assert page.url.endswith("/desk/digests/preview/morning")
        assert page.locator("h1").count() == 1
