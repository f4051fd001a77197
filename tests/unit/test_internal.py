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
    "Test 123",
    "test2",
    "Test please ignore",
    "This is a test, do not publish!",
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
    "Writer dies, aged xx",
    "Singer, aged ??, has died",
    "Painter dies aged 00",
    "Schauspieler im Alter von XX Jahren gestorben",
    "Бывший министр умер в возрасте ХХ лет",
    "Zmarł w wieku XX lat",
    "DO NOT PUBLISH BEFORE MONDAY",
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
    # the word begins a sentence
    "Test of new missile fails, Seoul says",
    "Hold the line, Macron tells allies",
    "Draft law on pensions passes first reading",
    "Ignore the polls, says minister",
    "Internal affairs minister resigns",
    "Prep schools see record demand",
    "Dummy rounds found at airport",
    "Embargo on arms lifted",
    # ... in a headline all in capitals
    "TEST MATCH ENDS IN DRAW",
    "HOLD FIRE, LEADERS TELL ARMIES",
    "INTERNAL MARKET: BRUSSELS PLANS RULES",
    "DO NOT USE THE LIFT, CITY SAYS",
    "DO NOT POST BALLOTS AFTER MONDAY",
    "NOT FOR SALE: THE VILLAGE THAT REFUSED A BILLION",
    # ... before a colon, in ordinary letters
    "Test: the new Golf is quieter and dearer",
    "Draft: who was picked first in the NBA",
    "Embargo: what Europe stops buying",
    "Prep: a novel of the boarding school",
    "Dummy: the album that made Portishead",
    "Internal: a play about offices opens",
    "On hold: 200 building sites stand still",
    "For internal use: what the leaked memo says",
    # a part of another word
    "TEST-TUBE BABY PIONEER DIES",
    "HOLD-UP AT CENTRAL BANK: TWO HELD",
    "DRAFT-DODGERS FACE TRIAL",
    "TESTS SHOW WATER IS SAFE AGAIN",
    "HOLDERS LIVERPOOL OUT OF CUP",
    "INTERNALLY DISPLACED NUMBER A MILLION",
    "Testing, testing: schools get masks",
    "Prepared for the worst, islanders await the storm",
    "Preparation begins for the summit",
    "PrEP to be free for all from January",
    "Crash-test dummies turn 75",
    "NBA draft: ten names to know",
    # the name of somebody or something
    "HOLD Holdings buys rival for 3 bn euros",
    "Hold AG raises its forecast",
    "UPDATE 2-Hold AG raises its forecast",
    "BREAKING: Hold AG collapses",
    "“TEST” sign found on warhead",
    "(Test) pilot shortage grounds new jet",
    "Test 2: India lead by 80",
    "Do Not Publish, the thriller of the year",
    # said by somebody in the news
    "Do not publish my picture, actress asks court",
    "Court: paper was right not to publish names",
    "Not for use in salads: the berry that poisons",
    "What 'lorem ipsum' means and where it comes from",
    # an age, a number, letters
    "Dies aged 96: the man who drew the map of the city",
    "Woman aged 100 wins race",
    "Aged TKO victim recovers",
    "Age of XXL lorries is over",
    "Pope Pius XX? What name the next pope may choose",
    "XX Olympic Games remembered in Munich",
    "Chromosomes: what XX and XY mean",
    "XX-rated films vanish from shops",
    "XX lat wolności: wystawa w Gdańsku",
    "Obituary: a life in pictures",
    # other languages
    "Тест: знаете ли вы город?",
    "Тест-драйв нового автомобиля",
    "Хранение: тест на прочность для банков",
    "Черновик Пушкина продан за миллион",
    "Эмбарго: что перестанут ввозить",
    "Entwurf: das neue Heizungsgesetz",
    "Vorabend der Wahl: ein Land wartet",
    "Essai: pourquoi relire Camus",
    "Prova d'orchestra: il film restaurato",
    "Prueba de fuego: el nuevo gobierno",
)
#: What a rule that only looks for words would catch: each look-alike must have one of these, or it is no trap.
WORDS = (
    "test", "hold", "draft", "ignore", "internal", "prep", "dummy", "dummies", "embargo", "do not", "not for",
    "publish", "lorem", "age", "xx", "obit", "тест", "черновик", "эмбарго", "entwurf", "vorab",
    "essai", "prova", "prueba",
)  # fmt: skip


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


def test_forty_look_alikes_and_more_are_on_the_list_and_each_is_a_trap() -> None:
    assert len(set(LOOK_ALIKES)) == len(LOOK_ALIKES) >= 40
    assert [words for words in LOOK_ALIKES if not any(one in words.casefold() for one in WORDS)] == []


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
