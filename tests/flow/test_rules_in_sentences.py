"""What a rule decides stands in its sentence, whichever of its keys says it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from distributor.config.fields import FIELDS
from tests.flow import test_editorial, test_schedules_page
from tests.flow.test_desk import cheap  # noqa: F401 (a fixture)
from tests.flow.test_rules_in_fields import filled, press, sentence
from tests.flow.test_schedules_page import editors_desk

RULES = """\
[routes.all]
channels = ["x", "y"]
approval = "one"

[digests.morning]
channel = "mail"
slots = ["0 13 * * *"]
canary = 9

[channels.x]
gap = "5m"
quiet = "23:00-06:00"

[channels.y]
stale = "fold"
"""
NAMES = {"routes": "all", "digests": "morning", "channels": "x"}
#: A rule's key, what of the form is filled in otherwise (None: a tick is taken away), and what is said then. A title is
#: the heading of its rule's card.
ROUTES: dict[str, tuple[dict[str, Any], str]] = {
    "feeds": ({"feeds": ["politics"]}, "Every story from politics → x, y"),
    "categories": ({"categories.more": "Politics"}, "Politics → x, y"),
    "keywords": ({"keywords": "bridge"}, "with the words bridge"),
    "languages": ({"languages": "ru"}, "in ru"),
    "urgency": ({"urgency": "3"}, "of urgency 3 or more urgent"),
    "channels": ({"channels": ["y"]}, "Every story → y"),
    "delay": ({"delay": "9"}, "not before 9 min have gone by"),
    "shelf_life": ({"shelf_life": "9"}, "news for 9 h"),
    "approval": (
        {"approval": "two"},
        "after the yes of two people; if nobody has answered after 1 h, it waits on, and",
    ),
    "approval_edits": ({"approval_edits": "on"}, "later texts wait for a yes, too"),
    "silence": ({"silence": "send"}, "if nobody has answered after 1 h, it is sent all the same"),
    "silence_after": ({"silence_after": "10"}, "if nobody has answered after 10 h, it waits on"),
    "undo": ({"undo": "9"}, "can be taken back for 9 min"),
    "template": ({"template": "post"}, "by the template post"),
    "lint": ({"lint.too-long": "off"}, "checked in its own way"),
}
DIGESTS: dict[str, tuple[dict[str, Any], str]] = {
    "description": ({"description": "All of it"}, "Readers are told: All of it"),
    "slots": ({"slots.0.times": ["12:00"]}, "Every day at 12:00 in Minsk"),
    "zone": ({"zone": "Europe/Berlin"}, "Every day at 13:00 in Berlin"),
    "categories": ({"categories.more": "Sport"}, ": Sport, at most 20 stories"),
    "feeds": ({"feeds": ["politics"]}, "every story from politics, at most 20 stories"),
    "most": ({"most": "1"}, "at most one story"),
    "least": ({"least": "2"}, "none with less than 2"),
    "order": ({"order": "urgency"}, "the most urgent first"),
    "lead": ({"lead": "newest"}, "led by the newest"),
    "grouping": ({"grouping": "section"}, "grouped by section"),
    "sections": ({"sections": "Economy"}, "Readers may choose from: Economy."),
    "template": ({"template": "digest"}, "by the template digest"),
    "channel": ({"channel": "letters"}, "→ letters"),
    "languages": ({"languages": "ru"}, "every story, in ru, at most"),
    "rhythms": ({"rhythms": ["daily", "weekly"]}, "Rhythms that readers may choose: Once a day; Once a week."),
    "morning": ({"morning": "06:00"}, "In the morning means 06:00."),
    "evening": ({"evening": "19:00"}, "In the evening means 19:00."),
    "undo": ({"undo": "9"}, "can be taken back for 9 min"),
    "canary": ({"canary": "1"}, "readers who get it first: 1, the others no sooner than 20 min later"),
    "canary_wait": ({"canary_wait": "9"}, "the others no sooner than 9 min later"),
    "offered": ({"offered": None}, "It is not offered on the subscription page."),
    "archive": ({"archive": None}, "Its issues cannot be read on the web."),
}
CHANNELS: dict[str, tuple[dict[str, Any], str]] = {
    "gap": ({"gap": "9"}, "a post every 9 min at most"),
    "most_per_hour": ({"most_per_hour": "9"}, "at most 9 an hour"),
    "most_per_day": ({"most_per_day": "9"}, "at most 9 a day"),
    "quiet": ({"quiet.from": "03:00"}, "nothing at 03:00-06:00"),
    "quiet_silent": ({"quiet_silent": "on"}, "without a sound at 23:00-06:00"),
    "slots": ({"slots.0.times": ["12:00"], "slots.0.days": list("1234567")}, "one post each time: Every day at 12:00"),
    "fold_above": ({"fold_above": "9"}, "what is more than 9 in the queue becomes one round-up"),
    "stale": ({"stale": "skip"}, "What is no news any more is left out."),
    "fair_share": ({"fair_share": None}, "Of what is equally urgent, the oldest goes first."),
    "budget_per_day": ({"budget_per_day": "1"}, "At most 1.00 is spent in a day. What the money does not reach waits"),
    "budget_per_month": ({"budget_per_month": "9.005"}, "At most 9.005 is spent in a month."),
}
TOLD = {"routes": ROUTES, "digests": DIGESTS, "channels": CHANNELS}


@pytest.fixture
def newsroom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    mail = test_editorial.OPERATORS.partition("[channels.mail]\n")[2].partition("\n\n")[0]
    monkeypatch.setattr(test_schedules_page, "OPERATORS", f"{test_editorial.OPERATORS}\n[channels.letters]\n{mail}\n")
    with editors_desk(tmp_path, monkeypatch, RULES) as made:
        yield made


@pytest.mark.parametrize(("table", "key"), [(table, key) for table, some in TOLD.items() for key in some])
def test_a_sentence_tells_whatever_is_decided(newsroom: Any, table: str, key: str) -> None:
    browser, path = newsroom.entered("Olga"), f"/desk/schedules/{table}/{NAMES[table]}"
    page, (otherwise, said) = browser.get(path), TOLD[table][key]
    form = {name: value for name, value in (filled(page) | otherwise).items() if value is not None}
    piece = press(browser, path, form)
    assert said in sentence(piece)
    assert said not in sentence(page)


def test_no_key_is_left_out_of_the_sentences() -> None:
    told = {table: set(some) for table, some in TOLD.items()}
    assert told == {table: {one.key for one in FIELDS[table]} - {"title"} for table in TOLD}


def test_money_alone_does_not_let_posts_leave_at_any_time(newsroom: Any) -> None:
    browser, path = newsroom.entered("Olga"), "/desk/schedules/channels/y"
    page = browser.get(path)
    assert sentence(page) == (
        "At any time, as fast as its platform takes it. What is no news any more goes into a round-up."
    )
    piece = press(browser, path, filled(page) | {"budget_per_day": "0.5", "stale": "send"})
    assert sentence(piece) == (
        "At most 0.50 is spent in a day. What the money does not reach waits, flashes too. "
        "Of what is equally urgent, sections take turns."
    )
