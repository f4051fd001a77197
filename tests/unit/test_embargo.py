"""Embargoes in the text: read with their zones, taken out of what readers see, and never seen where none is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.rules.story.embargo import taken_out
from distributor.text.moments import names_clock, names_date, read_moment
from tests.support import NOON, article

MINSK = ZoneInfo("Europe/Minsk")
#: A Tuesday, 12:00 UTC, 15:00 in Minsk.
PUBLISHED = NOON


def at(month: int, day: int, hour: int, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


#: What a desk writes, and the instant in UTC that it means, read in Minsk on 24 November 2026 at 15:00.
NOTICES = {
    "EMBARGOED UNTIL 16:30 GMT": at(11, 24, 16, 30),
    "EMBARGOED UNTIL 10:00 GMT": at(11, 25, 10),
    "EMBARGOED UNTIL 1630 GMT": at(11, 24, 16, 30),
    "EMBARGOED UNTIL 0001hrs Wednesday": at(11, 24, 21, 1),
    "EMBARGOED UNTIL 10:00 GMT, 30 November": at(11, 30, 10),
    "EMBARGOED TILL 10:00 (GMT) ON NOVEMBER 30, 2026": at(11, 30, 10),
    "Strictly embargoed until 00:01 GMT on Monday 30 November 2026": at(11, 30, 0, 1),
    "Embargoed until 6 a.m. ET on Monday": at(11, 30, 11),
    "Embargoed until 6:30 pm EST Nov. 30": at(11, 30, 23, 30),
    "EMBARGOED UNTIL NOON LONDON TIME TOMORROW": at(11, 25, 12),
    "EMBARGOED UNTIL midnight GMT": at(11, 25, 0),
    "EMBARGOED UNTIL 18.00": at(11, 24, 15),
    "EMBARGOED UNTIL 18:00 TODAY": at(11, 24, 15),
    "EMBARGOED UNTIL 10:00 UTC+3 30 November": at(11, 30, 7),
    "EMBARGOED UNTIL 10:00 +03:00 2026-11-30": at(11, 30, 7),
    "EMBARGOED UNTIL 10:00 Europe/Berlin, 30.11.2026": at(11, 30, 9),
    "EMBARGOED UNTIL 30 NOVEMBER": at(11, 29, 21),
    "EMBARGOED UNTIL 3rd of January, 10:00 GMT": at(1, 3, 10, year=2027),
    "UNDER EMBARGO UNTIL 10:00 CET 30 November": at(11, 30, 9),
    "NOT FOR PUBLICATION BEFORE 10:00 GMT ON 30 NOVEMBER": at(11, 30, 10),
    "HOLD FOR RELEASE UNTIL 10:00 GMT 30 NOVEMBER": at(11, 30, 10),
    "EMBARGO: 10:00 GMT 30 November": at(11, 30, 10),
    "EMBARGOED: 10:00 GMT 30 November": at(11, 30, 10),
    "STRICTLY EMBARGOED: 30 November 2026, 10:00 CET": at(11, 30, 9),
    "Strictly embargoed: 30 November": at(11, 29, 21),
    "UNDER EMBARGO: 10:00 GMT 30 NOVEMBER": at(11, 30, 10),
    "Embargo until 10:00 GMT on 30 November": at(11, 30, 10),
    "Sperrfrist: 30. November, 10.00 Uhr MEZ": at(11, 30, 9),
    "SPERRFRIST 10 Uhr": at(11, 25, 7),
    "Sous embargo jusqu'au 30 novembre 10h30 CET": at(11, 30, 9, 30),
    "Эмбарго до 10:00 мск 30 ноября": at(11, 30, 7),
    "ЭМБАРГО ДО 10:00 по московскому времени 30 ноября": at(11, 30, 7),
    "*** EMBARGOED UNTIL 10:00 GMT 30 NOVEMBER ***": at(11, 30, 10),
    "EMBARGOED UNTIL 29 February 2028, 12:00 GMT": at(2, 29, 12, year=2028),
}

#: Notices whose instant nobody can be sure of.
UNREAD = (
    "EMBARGOED UNTIL DELIVERY",
    "EMBARGOED UNTIL THE MINISTER HAS SPOKEN",
    "EMBARGOED UNTIL 10:00 CST",
    "EMBARGOED UNTIL 10:00 IST ON MONDAY",
    "EMBARGOED UNTIL 14 p.m. GMT",
    "EMBARGOED UNTIL 10:00 Mars/Olympus_Mons",
    "EMBARGOED UNTIL 10:00 UTC+19",
    "[Embargoed until further notice]",
    "HOLD FOR RELEASE",
    "EMBARGOED UNTIL 31.02.2027",
    "STRICTLY EMBARGOED",
)

#: Stories about embargoes, and others that begin like a notice.
LOOK_ALIKES = (
    "Arms embargo until 2027, says minister",
    "Embargo until talks end, minister says",
    "EMBARGO UNTIL TALKS END, MINISTER SAYS",
    "EMBARGO UNTIL MONDAY, SAYS UNION",
    "Embargo on Russian oil takes effect at 10:00 GMT",
    "EMBARGO ON OIL: WHAT IT MEANS",
    "Embargoed goods found in port",
    "Embargoed until his death, the diaries tell of a lonely man",
    "Embargoed art returns to Havana after 60 years",
    "Trade embargo: 10 questions and answers",
    "Why the Cuban embargo lasts",
    "Embargoed: why the oil stays in port",
    "Under embargo: ten lives in Havana",
    "Strictly embargoed copy leaked to rivals",
    "Not for release until spring: the film everybody waits for",
    "Hold for release of hostages, families plead",
    "Under embargo for decades, Iran builds its own planes",
    "Press embargo lifted at 10:00",
    "Shops are not to open before 10:00 GMT on 30 November",
    "Do not publish before you read this: ten rules for bloggers on 30 November",
    "Moratorium until 30 November 10:00 GMT",
)


@pytest.mark.parametrize(("words", "until"), NOTICES.items())
def test_a_notice_is_read_with_its_zone_and_readers_never_see_it(words: str, until: datetime) -> None:
    for told in (
        article(headline=f"{words}: Bank raises its rate"),
        article(headline=f"[{words}] Bank raises its rate"),
        article(headline="Bank raises its rate", summary=f"{words}\nThe bank has raised its rate."),
        article(headline="Bank raises its rate", body=f"{words}.\n\nMINSK - The bank has raised its rate."),
        article(headline="Bank raises its rate", ednote=f"Attn editors\n{words}"),
    ):
        notice = taken_out(told, MINSK, NOON + timedelta(days=9))
        found = notice.article
        assert (found.embargoed, notice.unread) == (until, "")
        assert found.headline == "Bank raises its rate"
        assert "mbargo" not in found.summary + found.body


@pytest.mark.parametrize("words", UNREAD)
def test_a_notice_that_cannot_be_read_is_told_apart(words: str) -> None:
    told = article(body=f"{words}\nThe bank has raised its rate.")
    notice = taken_out(told, MINSK, NOON)
    assert (notice.article, notice.unread) == (told, words.strip("[]"))


@pytest.mark.parametrize("words", LOOK_ALIKES)
def test_a_story_about_an_embargo_is_none(words: str) -> None:
    told = article(headline=words, summary=f"{words}.", body=f"{words}.\n\n{words}, it was said in the capital.")
    notice = taken_out(told, MINSK, NOON)
    assert (notice.article, notice.unread) == (told, "")


def test_of_a_field_and_a_notice_the_later_one_holds() -> None:
    for early, late in ((1, 30), (30, 1)):
        field = PUBLISHED + timedelta(days=early)
        words = f"EMBARGOED UNTIL 12:00 GMT {(PUBLISHED + timedelta(days=late)).date()}"
        notice = taken_out(article(embargoed=field, body=f"{words}\nText."), MINSK, NOON)
        assert notice.article.embargoed == PUBLISHED + timedelta(days=30)


def test_a_headline_that_is_nothing_but_a_notice_stays() -> None:
    notice = taken_out(article(headline="EMBARGOED UNTIL 16:30 GMT Bank raises its rate"), MINSK, NOON)
    assert notice.article.headline == "EMBARGOED UNTIL 16:30 GMT Bank raises its rate"
    assert notice.article.embargoed == at(11, 24, 16, 30)


def test_without_a_date_of_publication_the_present_counts() -> None:
    notice = taken_out(article(published=None, body="EMBARGOED UNTIL 16:30 GMT"), MINSK, NOON)
    assert notice.article.embargoed == at(11, 24, 16, 30)


def test_a_notice_far_down_is_somebody_elses() -> None:
    body = "\n".join([*("A line." for _ in range(6)), "EMBARGOED UNTIL 16:30 GMT"])
    assert taken_out(article(body=body), MINSK, NOON).article.embargoed is None


@pytest.mark.parametrize(
    ("text", "clock", "day"),
    [
        ("10:00", True, False),
        ("2026-11-30", False, True),
        ("30 November", False, True),
        ("on Friday", False, True),
        ("version 10.00.1", False, False),
        ("30 apples", False, False),
        ("in 2027", False, False),
        ("April 2027", False, False),
        ("31 June", False, False),
        ("2026-13-30", False, False),
    ],
)
def test_a_clock_and_a_day_are_known(text: str, clock: bool, day: bool) -> None:
    assert (names_clock(text), names_date(text)) == (clock, day)


def test_nothing_is_no_moment() -> None:
    assert read_moment("soon", NOON) is None
    assert read_moment("on 31 June at 10:00", NOON.astimezone(MINSK)) == at(11, 25, 7)


@settings(deadline=None)
@given(st.text())
def test_whatever_a_text_says_it_is_read_or_not(text: str) -> None:
    notice = taken_out(article(headline=text or "x", summary=text, body=text, ednote=text), MINSK, NOON)
    assert notice.article.embargoed is None or notice.article.embargoed.tzinfo is UTC


@settings(deadline=None)
@given(st.integers(0, 170 * 24 * 60), st.sampled_from(["GMT", "CET", "EST", "MSK", "+05:30"]))
def test_an_instant_is_read_as_it_was_written(minutes: int, zone: str) -> None:
    when = NOON + timedelta(minutes=minutes)
    hours = {"GMT": 0.0, "CET": 1.0, "EST": -5.0, "MSK": 3.0, "+05:30": 5.5}[zone]
    for year in ("", f" {when.year}"):
        told = f"EMBARGOED UNTIL {when:%H:%M} {zone} on {when.day} {when:%B}{year}"
        found = taken_out(article(body=told), MINSK, NOON).article.embargoed
        assert found == when - timedelta(hours=hours)
