"""Somebody at the desk from end to end, in a real browser: with scripts where pages change by themselves."""

from __future__ import annotations

from typing import Any

import pytest

from distributor import daemon
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
        page.get_by_text("a wrong name everywhere").first.wait_for()
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


@pytest.mark.parametrize("scripts", [True, False])
def test_a_digests_hour_is_changed_in_its_fields_and_returned(browser: Any, site: DeskSite, scripts: bool) -> None:
    file = site.app.settings.desk.editorial
    before, place = file.read_text("utf-8"), f"{site.address}/desk/schedules"
    with looked_after(browser, java_script_enabled=scripts) as page:
        entered(page, site)
        page.goto(place)
        page.get_by_role("link", name="Change morning").click()
        page.locator("input[type=time]").first.fill("07:30")
        if scripts:  # it is judged while it is filled in
            page.locator("#told").get_by_text("Every day at 07:30 in Minsk").wait_for()
            page.locator("#most").fill("many")
            page.locator("#fault-most").get_by_text("expected a whole number").wait_for()
            page.locator("#most").fill("20")
            page.locator("#told").get_by_text("Every day at 07:30 in Minsk").wait_for()
        page.get_by_role("button", name="Look at it").first.click()
        assert page.locator(".look table").get_by_text("mail").count()  # the issues of the last days, replayed
        page.get_by_label("Why").fill("earlier, please")
        page.get_by_role("button", name="Save").click()
        page.get_by_text("Done, and on record.").wait_for()
        assert file.read_text("utf-8") == before.replace("0 13 * * *", "30 7 * * *")
        assert _in_force(site) == ("30 7 * * *",)
        page.goto(f"{place}/history")
        page.get_by_text("earlier, please").first.wait_for()
        # the newest is in force; the one below it is what stood before
        page.locator("summary", has_text="Return to this version").first.click()
        page.locator("details[open] input[name=reason]").fill("as it was")
        page.locator("details[open]").get_by_role("button", name="Return to this version").click()
        page.get_by_text("Done, and on record.").wait_for()
    assert file.read_text("utf-8") == before


def _in_force(site: DeskSite) -> tuple[str, ...]:
    """The slots of the digest, as the running program takes the file over."""
    taken = daemon.taken(site.app, site.app.settings.desk.editorial.read_text("utf-8"))
    assert taken is not None
    return taken.digests[0].slots
