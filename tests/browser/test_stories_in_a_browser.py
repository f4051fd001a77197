"""A story decided, worded and red-penned by somebody with a browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from distributor.errors import Rejected
from tests.browser.desk_site import DeskSite, cheap_passwords, entered
from tests.browser.looking import looked_after
from tests.support import article

pytestmark = [pytest.mark.no_cover, pytest.mark.xdist_group("desk in a browser")]


@pytest.fixture(scope="module")
def site(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskSite]:
    """A newsroom with something on every page, and a story whose page changed after it left."""
    patch = cheap_passwords()
    made = DeskSite(tmp_path_factory.mktemp("desk"))
    made.read(replace(article(1), summary="It was Friday, not Thursday."), article(8))
    yield made
    made.close()
    patch.undo()


def test_words_are_measured_while_they_are_written_and_the_story_goes_with_them(browser: Any, site: DeskSite) -> None:
    with looked_after(browser, viewport={"width": 360, "height": 800}) as page:
        entered(page, site)
        page.goto(f"{site.address}/desk/story?words=number+8")
        page.get_by_role("link", name="Headline number 8").click()
        page.get_by_text("Edit the words…").first.click()
        page.locator("textarea[name=text]").first.fill("Talks resume & more")
        page.locator(".draft:visible .facts").first.wait_for()
        assert "characters" in page.locator(".draft:visible .facts").first.inner_text()
        page.get_by_role("button", name="Use these words").first.click()
        page.get_by_text("Done, and on record.").wait_for()
        assert "Talks resume & more" in page.locator("ol.history").inner_text()


def test_a_held_story_is_released_and_a_changed_one_is_said_to_be_an_update(browser: Any, site: DeskSite) -> None:
    with looked_after(browser, viewport={"width": 1280, "height": 800}) as page:
        entered(page, site)
        page.goto(f"{site.address}/desk/decide")
        held = page.locator("#waiting ~ article", has_text="the lawyer reads it")
        held.get_by_role("button", name="Release").first.click()
        page.get_by_text("Done, and on record.").wait_for()
        assert page.locator("#waiting ~ article", has_text="the lawyer reads it").count() == 0
        changed = page.locator("#changed ~ article", has_text="Headline number 1")
        assert "It was Friday, not Thursday" in changed.locator("ins").first.inner_text()
        changed.get_by_role("button", name="Update").click()
        changed.wait_for(state="detached")


def test_a_post_by_hand_is_seen_before_it_is_sent_without_scripts(browser: Any, site: DeskSite) -> None:
    with looked_after(browser, viewport={"width": 360, "height": 800}, java_script_enabled=False) as page:
        entered(page, site)
        page.goto(f"{site.address}/desk/compose")
        page.get_by_label("Words").fill("Briefing at 11:00")
        page.get_by_label("x", exact=True).check()
        assert page.get_by_role("button", name="Post it").count() == 0
        page.get_by_role("button", name="Look at it").click()
        page.get_by_role("button", name="Post it").click()
        assert "posted by Olga" in page.locator("main").inner_text()


def test_the_facts_under_a_look_have_the_whole_width_on_a_wide_screen(browser: Any, site: DeskSite) -> None:
    with looked_after(browser, viewport={"width": 1280, "height": 800}) as page:
        entered(page, site)
        page.goto(f"{site.address}/desk/story?words=number+8")
        page.get_by_role("link", name="Headline number 8").click()
        lists = page.locator("ul.facts")
        lists.first.wait_for()
        assert set(lists.evaluate_all("all => all.map(one => getComputedStyle(one).display)")) == {"block"}


@pytest.mark.parametrize("language", ["en", "ru"])
def test_no_figure_of_newsletters_lies_out_of_sight_on_a_phone(browser: Any, site: DeskSite, language: str) -> None:
    with looked_after(browser, viewport={"width": 360, "height": 800}) as page:
        entered(page, site)
        page.goto(f"{site.address}/desk/readers?lang={language}")
        box = page.locator("section[aria-labelledby=topics] .wide")
        assert box.evaluate("one => one.scrollWidth - one.clientWidth") <= 0


def test_an_address_in_letters_of_any_script_can_subscribe(browser: Any, site: DeskSite) -> None:
    with looked_after(browser, viewport={"width": 360, "height": 800}) as page:
        page.goto(f"{site.address}/r/subscribe")
        page.get_by_role("checkbox").first.check()
        page.locator("#address").fill("новый@example.org")
        site.clock.advance(60)  # nobody fills in a form in no time
        page.get_by_role("button").click()
        page.get_by_role("heading", name="Look into your mailbox").wait_for()


def test_a_failed_post_is_sent_again_once_in_other_words_without_scripts(browser: Any, site: DeskSite) -> None:
    site.send("x", "y")
    site.y.answers = [Rejected("the account may not post")]
    site.read(article(31, headline="The bridge is closed"))
    site.send("x", "y")
    with looked_after(browser, viewport={"width": 360, "height": 800}, java_script_enabled=False) as page:
        entered(page, site)
        page.goto(f"{site.address}/desk/list/failed")
        page.get_by_role("link", name="The bridge is closed").click()
        page.get_by_text("Send again in other words…").click()
        page.get_by_label("Words for y; its link is added").fill("No way over the river")
        page.get_by_role("button", name="Send these words").click()
        page.get_by_text("Done, and on record.").wait_for()
        assert page.get_by_role("button", name="Send again").count() == 0
    site.send("y")
    assert site.y.parcels[-1].message.text.startswith("No way over the river")
