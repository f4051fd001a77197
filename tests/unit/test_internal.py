"""Internal material is held, and what only looks like it is not: the whole list stands here."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.model import Image
from distributor.rules.story.internal import why_internal
from distributor.rules.story.rights import why_not_shown
from distributor.text.marks import MarkKind
from tests.support import article

#: What a desk never means for readers, by where it stands.
HEADLINES = (
    "PREP: Former president dies",
    "PREP - Former president dies aged XX",
    "[PREP] Former president dies",
    "OBIT PREP: Former president dies",
    "TEST: please ignore",
    "TEST",
    "Test",
    "test story",
    "[TEST] Budget passes",
    "HOLD: Minister to resign",
    "HOLD - Minister to resign",
    "[HOLD] Minister to resign",
    "HOLD FOR RELEASE: Nobel prize in physics",
    "DO NOT PUBLISH: Election result template",
    "NOT FOR PUBLICATION - note to editors",
    "INTERNAL: planning for Monday",
    "DUMMY: headline of two lines",
    "Actor NAME dies aged XX",
    "Writer dies at the age of XX",
    "Singer, aged TK, has died",
    "XX-year-old wins lottery",
    "НЕ ПУБЛИКОВАТЬ: проект указа",
    "ЗАГОТОВКА: умер бывший президент",
    "NICHT VERÖFFENTLICHEN: Nachruf",
    "NE PAS PUBLIER: nécrologie",
)
TEXTS = (
    "NOT FOR PUBLICATION\nThe minister will say on Monday ...",
    "*** DO NOT USE ***\nThe minister will say on Monday ...",
    "[INTERNAL USE ONLY] The minister will say on Monday ...",
    "The former president has died at the age of XX in his house.",
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit.",
)
NOTES = ("Do not publish before the family has been told", "not for publication", "HOLD FOR RELEASE")

#: Stories about tests, companies that are named Hold, and whatever else only looks like it.
LOOK_ALIKES = (
    "Test of new missile fails, Seoul says",
    "Test: the new Golf is quieter and dearer",
    "TEST-TUBE BABY PIONEER DIES",
    "Test match: England 300 all out",
    "TEST MATCH ENDS IN DRAW",
    "Tests show water is safe again",
    "Nuclear test ban treaty turns 30",
    "Driving test backlog grows",
    "Test your knowledge: ten questions on the budget",
    "Testing times for the coalition",
    "HOLD Holdings buys rival for 3 bn euros",
    "Hold AG raises its forecast",
    "Hold on: what the new pension law means",
    "Hold the line, Macron tells allies",
    "Holding company sells port",
    "HOLDERS Liverpool out of cup",
    "Hold your breath: air quality worst in years",
    "On hold: 200 building sites stand still",
    "Household debt rises",
    "Prep schools see record demand",
    "Prep for the exam season: five tips",
    "PrEP to be free for all from January",
    "Preparation begins for the summit",
    "Prepared for the worst, islanders await the storm",
    "Internal affairs minister resigns",
    "Internal market: Brussels plans new rules",
    "International court opens hearing",
    "INTERNALLY DISPLACED NUMBER A MILLION",
    "Draft law on pensions passes first reading",
    "Draft: who was picked first in the NBA",
    "NBA draft: ten names to know",
    "Dummy's guide: how the budget works",
    "Crash-test dummies turn 75",
    "Ignore the polls, says minister",
    "Dies aged 96: the man who drew the map of the city",
    "Woman aged 100 wins race",
    "Pope Pius XX? What name the next pope may choose",
    "Super Bowl XX remembered, 40 years on",
    "XX Olympic Games remembered in Munich",
    "Chromosomes: what XX and XY mean",
    "Generation XX: women who run the city",
    "Do not publish my picture, actress asks court",
    "Court: paper was right not to publish names",
    "Not for sale: the village that refused a billion",
    "Not for use in salads: the berry that poisons",
    "For internal use: what the leaked memo says",
    "What 'lorem ipsum' means and where it comes from",
    "Dress rehearsal for the coronation",
    "Obituary: a life in pictures",
    "Embargo on arms lifted",
    "Хранение: тест на прочность для банков",
    "Тест: знаете ли вы город?",
    "Тест-драйв нового автомобиля",
)


@pytest.mark.parametrize("headline", HEADLINES)
def test_internal_material_is_known_by_its_headline(headline: str) -> None:
    assert why_internal(article(headline=headline))


@pytest.mark.parametrize("text", TEXTS)
def test_internal_material_is_known_by_its_text(text: str) -> None:
    assert why_internal(article(body=text))
    assert why_internal(article(summary=text))


@pytest.mark.parametrize("note", NOTES)
def test_internal_material_is_known_by_its_note_to_editors(note: str) -> None:
    assert why_internal(article(ednote=note)).startswith("its note to editors says")


@pytest.mark.parametrize("words", LOOK_ALIKES)
def test_what_only_looks_like_internal_material_is_not_caught(words: str) -> None:
    body = f"{words}, it was said on Monday.\n\nIt went on: do not publish, he said, what is not for publication."
    assert why_internal(article(headline=words, summary=f"{words}.", body=body)) == ""


def test_forty_look_alikes_and_more_are_on_the_list() -> None:
    assert len(set(LOOK_ALIKES)) == len(LOOK_ALIKES) >= 40


def test_the_reason_names_what_was_found_and_where() -> None:
    assert why_internal(article(headline="PREP: Former president dies")) == "its headline is marked PREP"
    assert why_internal(article(headline=" Test ")) == 'its headline is "Test"'
    assert why_internal(article(body="He died aged XX.")) == 'its text says "aged XX"'
    assert why_internal(article(summary="NOT FOR PUBLICATION: a")) == 'its summary says "NOT FOR PUBLICATION"'
    assert why_internal(article(body=TEXTS[-1])) == "its text is a filler"


def test_a_sites_own_mark_counts_for_it() -> None:
    told = article(headline="Spike: what the minister may say")
    assert why_internal(told) == ""
    assert why_internal(told, {MarkKind.INTERNAL: ("spike",)}) == "its headline is marked SPIKE"


def test_far_down_in_a_text_nothing_is_a_note() -> None:
    assert why_internal(article(body="A sentence. " * 60 + "\nNOT FOR PUBLICATION")) == ""


@settings(deadline=None)
@given(st.text())
def test_whatever_a_text_says_it_is_judged(text: str) -> None:
    assert isinstance(why_internal(article(headline=text or "x", summary=text, body=text, ednote=text)), str)


#: What forbids a picture, in the words of desks.
FORBIDDEN = (
    "no social use",
    "No Social Media",
    "NO SOCIAL MEDIA USE",
    "not for social media",
    "No use on social media",
    "no internet",
    "NO WEB",
    "no online use",
    "Not to be used on social media",
    "no third party use",
    "Print only",
    "print use only",
    "do not use",
    "NOT FOR PUBLICATION",
    "kein Social Media",
    "nicht für soziale Medien",
    "pas de réseaux sociaux",
    "не для социальных сетей",
)
ALLOWED = (
    "",
    "All rights reserved",
    "Editorial use only",
    "No sales, no archives",
    "Photo: Anna Social / Demo News",
    "Handout, free for editorial use",
    "CC BY 4.0",
    "the web summit in Lisbon",
    "A sign says no entry",
)


@pytest.mark.parametrize("words", FORBIDDEN)
def test_a_picture_that_its_owner_keeps_from_platforms_is_left_out(words: str) -> None:
    bare = Image(url="https://x.test/1")
    for image in (replace(bare, rights=words), replace(bare, credit=f"A / {words}"), replace(bare, alt=f"A ({words})")):
        told = why_not_shown(image, required=False)
        assert told.startswith('its owner says "')
        assert told.split('"')[1] in words


@pytest.mark.parametrize("words", ALLOWED)
def test_other_words_beside_a_picture_forbid_nothing(words: str) -> None:
    image = Image(url="https://x.test/1", credit=words, alt=words)
    assert why_not_shown(image, required=False) == ""


def test_where_rights_are_required_somebody_must_be_named() -> None:
    bare = Image(url="https://x.test/1", alt="A house")
    assert why_not_shown(bare, required=True) == "nothing says whose it is"
    assert why_not_shown(Image(url="https://x.test/1", credit="Demo News"), required=True) == ""
    assert why_not_shown(Image(url="https://x.test/1", rights="CC BY 4.0"), required=True) == ""
