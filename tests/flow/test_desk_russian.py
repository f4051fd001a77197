"""Russian pages of the desk say the program's own sentences in Russian: reasons, refusals, the history."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest

from tests.flow.test_desk import cheap, desk  # noqa: F401 - fixtures
from tests.flow.test_desk_story import Wire, ask, leave, page_of, press, read
from tests.support import ToldChannel, ToldSource, article

RULES = """\
[channels.z]
type = "console"
[routes.asked]
channels = ["z"]
approval = "one"
[routes.none]
channels = ["w"]
categories = ["Sport"]
[channels.w]
type = "console"
"""


@pytest.fixture
def newsroom(desk):  # noqa: F811
    """One story posted and corrected, one that waits for approval, one that somebody holds."""
    first, more = article(1), article(2)
    later = replace(first, headline="Headline number one", body="First paragraph of story 1.\n\nAnother paragraph.")
    channels = {"x": ToldChannel("x"), "z": Wire("z"), "w": Wire("w")}
    found = desk(RULES, source=ToldSource([first, more], [later, more]), channels=channels)
    read(found)
    leave(found, "x", "y", "w")
    found.clock.advance(700)
    read(found)
    return found


def russian(browser, path):
    page = browser.get(f"{path}{'&' if '?' in path else '?'}lang=ru")
    assert page.status_code in (200, 404), path
    return html.unescape(re.sub(r"<[^>]+>", "", page.text))


def test_reasons_stand_in_russian_wherever_they_are_shown(newsroom):
    browser = newsroom.entered("Edda")
    asked = "ждёт одобрений: 1 из 1"
    number = next(one["id"] for one in ask(newsroom, "deliveries", state="held")["deliveries"])
    for path in ("/desk/decide", f"/desk/queue/{number}", "/desk/list/held", "/desk/handover", page_of()):
        assert asked in russian(browser, path), path
        assert "it waits for" not in russian(browser, path), path
    assert "рубрика не из нужных: Politics вместо Sport" in russian(browser, page_of())


def test_what_a_change_does_stands_in_plain_words_in_both_languages(newsroom):
    browser = newsroom.entered("Edda")
    assert "по правилам канала y посты остаются как есть" in russian(browser, "/desk/decide")
    english = browser.get("/desk/decide?lang=en").text
    assert "by its rules y leaves posts as they are" in english
    assert "on_correction" not in english


def test_the_history_and_the_hand_over_say_who_did_what_through_what(newsroom):
    newsroom.do("hold", url=article(2).url, reason="the minister called")
    newsroom.do("release", url=article(2).url, held_by="desk")
    browser = newsroom.entered("Edda")
    told = russian(browser, page_of(2))
    assert "отпущено, z, root (командная строка): было задержано: редакция" in " ".join(told.split())
    assert "задержано, z, root (командная строка): the minister called" in " ".join(told.split())
    assert "отправлено, x, программа" in " ".join(russian(browser, page_of()).split())
    sheet = russian(browser, "/desk/handover")
    assert "заведена учётная запись" in sheet
    assert "(через: командная строка)" in sheet
    for english in ("user added", "command line", "it was held"):
        assert english not in sheet


def test_pages_say_in_words_who_lets_go_and_the_command_line_keeps_its_commands(newsroom):
    newsroom.do("stop", everything=True, reason="look")
    newsroom.app.store.stops.sweep(newsroom.clock.now())
    held = ask(newsroom, "held")["held"]
    assert {one["released_by"] for one in held} <= {"distributor resume", "distributor approve"}
    browser = newsroom.entered("Vera")
    for one in held:
        page = russian(browser, f"/desk/queue/{one['id']}")
        assert "distributor" not in page.replace("distributor.", "")
    assert press(browser, "hold").status_code in (400, 403, 422)
