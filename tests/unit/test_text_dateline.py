"""Datelines come off, and nothing that only looks like one does."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.model import Dateline
from distributor.text.dateline import _forms, split_dateline
from tests.unit.datelines import LOOK_ALIKES as SEEMING
from tests.unit.datelines import REAL

STORY = "The decision was made."
DATELINES = [
    ("MINSK, 30 November (BelTA) – ", "MINSK", "30 November", "BelTA"),
    ("MINSK, 30 November (BelTA) - ", "MINSK", "30 November", "BelTA"),
    ("MOSCOW, November 30. /TASS/. ", "MOSCOW", "November 30", "TASS"),
    ("WASHINGTON (AP) — ", "WASHINGTON", "", "AP"),
    ("BERLIN, Nov 30 (Reuters) - ", "BERLIN", "Nov 30", "Reuters"),
    ("BEIJING, Nov. 30 (Xinhua) -- ", "BEIJING", "Nov. 30", "Xinhua"),
    ("МИНСК, 30 ноября. /БЕЛТА/. ", "МИНСК", "30 ноября", "БЕЛТА"),
    ("МІНСК, 30 лістапада (БЕЛТА) – ", "МІНСК", "30 лістапада", "БЕЛТА"),
    ("30 ноября, Минск /Корр. БЕЛТА/. ", "Минск", "30 ноября", "БЕЛТА"),
    ("МОСКВА, 30 ноя - РИА Новости. ", "МОСКВА", "30 ноя", "РИА Новости"),
    ("Москва. 30 ноября. INTERFAX.RU - ", "Москва", "30 ноября", "INTERFAX.RU"),
    ("КИЇВ, 30 листопада (Укрінформ) – ", "КИЇВ", "30 листопада", "Укрінформ"),
    ("(新华社北京11月30日电)", "北京", "11月30日", "新华社"),
    ("新华社北京11月30日电 ", "北京", "11月30日", "新华社"),
    ("【ワシントン共同】", "ワシントン", "", "共同"),
    ("[東京 30日 ロイター] - ", "東京", "30日", "ロイター"),
    ("(서울=연합뉴스) 홍길동 기자 = ", "서울", "", "연합뉴스"),
    ("Warszawa (PAP) - ", "Warszawa", "", "PAP"),
    ("Madrid, 30 nov (EFE).- ", "Madrid", "30 nov", "EFE"),
    ("Buenos Aires, 30 nov (EFE).- ", "Buenos Aires", "30 nov", "EFE"),
    ("ROMA, 30 NOV - (ANSA) ", "ROMA", "30 NOV", "ANSA"),
    ("(ANSA) - ROMA, 30 NOV - ", "ROMA", "30 NOV", "ANSA"),
    ("Berlin (dpa) - ", "Berlin", "", "dpa"),
    ("Frankfurt/Main (dpa) - ", "Frankfurt/Main", "", "dpa"),
    ("PARIS, 30 novembre (AFP) - ", "PARIS", "30 novembre", "AFP"),
    ("Praha 30. listopadu (ČTK) - ", "Praha", "30. listopadu", "ČTK"),
    ("Lisboa, 30 nov 2026 (Lusa) — ", "Lisboa", "30 nov 2026", "Lusa"),
    ("NEW DELHI, Nov 30 (PTI) ", "NEW DELHI", "Nov 30", "PTI"),
    ("TALLAHASSEE, Fla. (AP) — ", "TALLAHASSEE, Fla.", "", "AP"),
    ("WASHINGTON/MOSCOW, Nov 30 (Reuters) - ", "WASHINGTON/MOSCOW", "Nov 30", "Reuters"),
    ("NEW YORK, Nov. 30, 2026 /PRNewswire/ -- ", "NEW YORK", "Nov. 30, 2026", "PRNewswire"),
    ("Nov 30 (Reuters) - ", "", "Nov 30", "Reuters"),
    ("ANKARA (AA) - ", "ANKARA", "", "AA"),
    ("TOKYO (Kyodo) -- ", "TOKYO", "", "Kyodo"),
    ("LONDON — ", "LONDON", "", ""),
    ("SAN FRANCISCO, Calif. — ", "SAN FRANCISCO, Calif.", "", ""),
    ("MINSK, 30 November – ", "MINSK", "30 November", ""),
    ("GENEVA, 30 November 2026 (WHO) — ", "GENEVA", "30 November 2026", ""),
]
LOOK_ALIKES = [
    "Dinamo Minsk (KHL) - Avangard 3:2.",
    "IPHONE (2026) - review",
    "USA - Belarus talks",
    "USA — Belarus talks continue.",
    "The decision (AP) — it was made.",
    "On 30 November (AP) – The talks began.",
    "UPDATE — The story",
    "BREAKING — Fire",
    "LONDON — Paris trains stopped.",
    "EU, NATO — The alliance",
    "COVID-19 (WHO) — Cases rise",
    "Manchester United (EPL) - Arsenal",
    "MOSCOW, November 30 was cold.",
    "President Biden (D) - he",
    "Belarus, Russia – The two",
    "Apple (AAPL) — The stock",
    "AP — The agency",
    "Minsk - Moscow train",
    "ВВП (2026) – рост",
    "London (CNN) — A",
    "THE TIMES — A paper",
    "",
    "MINSK, 30 November (BelTA) –",
]


@pytest.mark.parametrize(("dateline", "place", "date", "agency"), DATELINES)
def test_a_dateline_comes_off(dateline: str, place: str, date: str, agency: str) -> None:
    assert split_dateline(dateline + STORY) == (Dateline(place=place, date=date, agency=agency), STORY)


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_what_only_looks_like_a_dateline_stays(text: str) -> None:
    assert split_dateline(text) == (None, text)


def test_a_newsroom_may_name_its_own_agency() -> None:
    text = f"Brest (Zarya) - {STORY}"
    assert split_dateline(text)[0] is None
    assert split_dateline(text, ["Zarya"]) == (Dateline(place="Brest", agency="Zarya"), STORY)
    assert split_dateline(text.upper(), ["Zarya", ""])[0] == Dateline(place="BREST", agency="ZARYA")


PARTS = [
    "MINSK",
    "Minsk",
    ", ",
    " ",
    "30 November",
    "Nov. 30",
    "(BelTA)",
    "/TASS/",
    " – ",
    " - ",
    ". ",
    "The",
    "新华社",
    "30日",
    "电",
    "(",
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join))
def test_what_is_left_is_the_end_of_the_text(text: str) -> None:
    dateline, rest = split_dateline(text)
    assert text.endswith(rest)
    assert (dateline is None) == (rest == text) or not text
    assert dateline is None or rest


@pytest.mark.parametrize(("beginning", "place", "date", "agency"), REAL)
def test_agencies_of_many_countries_sign_in_their_own_way(beginning: str, place: str, date: str, agency: str) -> None:
    expected = Dateline(place=place, date=date, agency=agency)
    assert split_dateline(f"{beginning}Trams run again.") == (expected, "Trams run again.")


@pytest.mark.parametrize("text", SEEMING)
def test_a_beginning_that_only_looks_like_a_dateline_stays_word_for_word(text: str) -> None:
    assert split_dateline(text) == (None, text)


def test_there_are_enough_look_alikes() -> None:
    assert len(SEEMING) >= 60
    assert len(REAL) >= 60


PIECES = st.sampled_from(
    ["MINSK", "Minsk", "āā", "İnterfax", "(Reuters)", "Reuters", "tass", "ТАСС", "24 November", "May 4", ". ", " — "]
)


@settings(max_examples=200)
@given(st.lists(PIECES, max_size=8).map("".join))
def test_no_form_is_passed_over_that_would_have_matched(text):
    for form in _forms(()):
        assert form.may_match(text) or not any(re.match(pattern, text) for pattern in form.patterns)
