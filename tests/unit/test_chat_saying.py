"""What is written in the operations chat means what it should, or nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distributor.chat.saying import (
    Answered,
    Context,
    Meaning,
    Misses,
    Nothing,
    Pasted,
    Posts,
    Pressed,
    Resumes,
    Shows,
    Stops,
    understood,
)
from distributor.model import Said
from tests.support import NOON

ROOM = Context(
    people={11: "Anna", 12: "Boris"},
    chat=-100,
    topic=5,
    us="desk_bot",
    channels=("x", "telegram"),
    zone=ZoneInfo("Europe/Minsk"),
)
LINK = "https://news.example.org/a/"


def said(text: str = "", **fields: object) -> Said:
    told = {"person": 11, "name": "?", "chat": -100, "topic": 5, "message_id": 9, "at": NOON, "text": text}
    return Said(**(told | fields))  # type: ignore[arg-type]


def meant(text: str, **fields: object) -> Meaning:
    return understood(said(text, **fields), ROOM, NOON)[1]


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("/status", Shows("status")),
        ("/status@Desk_Bot", Shows("status")),
        ("/STATUS", Shows("status")),
        ("/start", Shows("help")),
        ("/next", Shows("next")),
        ("/handover", Shows("handover")),
        ("/handover 12", Shows("handover", hours=12)),
        ("/stop", Stops()),
        ("/stop all", Stops({"everything": True})),
        ("/stop everything wrong picture", Stops({"everything": True, "reason": "wrong picture"})),
        ("/stop x", Stops({"channel": "x"})),
        ("/stop  x  until 18:30  they are\nwrong", Stops({
            "channel": "x", "until": "2026-11-24T15:30:00+00:00", "reason": "they are\nwrong"
        })),
        ("/stop x until 06:00", Stops({"channel": "x", "until": "2026-11-25T03:00:00+00:00"})),
        ("/stop section Sport now", Stops({"category": "Sport", "reason": "now"})),
        ('/stop section "World News"', Stops({"category": "World News"})),
        # what is not understood is asked, never guessed
        ("/stop section", Stops()),
        ("/stop the presses", Stops()),
        ("/resume", Resumes()),
        ("/resume Send", Resumes("send")),
        ("/resume drop keep 12 #15", Resumes("drop", (12, 15))),
        ("/post x Briefing at 11:00", Posts(("x",), "Briefing at 11:00", None, ())),
        ("/post x, telegram,x: Briefing\nat noon", Posts(("x", "telegram"), "Briefing\nat noon", None, ())),
        ("/post x at 16:05 Briefing", Posts(("x",), "Briefing", datetime(2026, 11, 24, 13, 5, tzinfo=UTC), ())),
        # a command for another bot, and one that may be
        ("/status@other_bot", Nothing()),
        ("/roll", Nothing()),
        ("good morning", Nothing()),
        ("/", Nothing()),
    ],
)  # fmt: skip
def test_what_is_written_means_what_it_says(text, meaning):
    assert meant(text) == meaning


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/roll@desk_bot", "There is no /roll. /help tells what there is."),
        ("/handover long", "/handover takes a number of hours, such as /handover 8"),
        ("/handover 0", "/handover takes"),
        ("/resume maybe", "/resume send, /resume fold, or /resume drop"),
        ("/resume drop everything", "/resume send"),
        ("/post", "/post CHANNEL, CHANNEL at 11:00 TEXT, where the time may be left out. Channels: telegram, x"),
        ("/post x", "/post CHANNEL"),
        ("/post y, x Briefing", "There is no channel y. Channels: telegram, x"),
    ],
)
def test_a_command_that_misses_something_is_told_what(text, words):
    found = meant(text)
    assert isinstance(found, Misses)
    assert found.words.startswith(words)


def test_who_may_act_is_known_by_number_and_chat_alone():
    assert understood(said("/status", person=99, name="Anna"), ROOM, NOON) == ("", Nothing("by a stranger"))
    assert understood(said("/status", chat=11), ROOM, NOON) == ("", Nothing("in another chat"))
    assert understood(said("/status", person=12, name="Anna"), ROOM, NOON)[0] == "Boris"


def test_a_press_an_answer_and_a_link():
    assert meant("", pressed="data", press_id="1") == Pressed("data")
    assert meant(" Other words ", answers=7, links=(LINK,)) == Answered(7, "Other words")
    assert meant(LINK, links=(LINK,)) == Pasted((LINK,), is_alone=True)
    assert meant(f"see {LINK}", links=(LINK,)) == Pasted((LINK,), is_alone=False)
    assert meant(LINK, links=(LINK,), topic=77) == Nothing()
    assert meant("/post x See", links=(LINK,)) == Posts(("x",), "See", None, (LINK,))


def test_what_would_let_something_leave_must_be_said_now():
    late = NOON - timedelta(minutes=16)
    assert isinstance(meant("/post x Briefing", at=late), Misses)
    assert isinstance(meant("/resume send", at=late), Misses)
    assert meant("/stop all", at=late) == Stops({"everything": True})
    assert meant("/status", at=late) == Shows("status")


@given(st.text(max_size=60), st.sampled_from(["/stop ", "/post ", "/resume ", "/handover ", "/", ""]))
def test_whatever_is_written_is_understood_or_told(text, command):
    found = meant(command + text)
    if isinstance(found, Stops) and found.args:
        assert {"everything", "channel", "category"} & set(found.args)
    if isinstance(found, Posts):
        assert found.text
        assert set(found.channels) <= {"x", "telegram"}
