"""Marks before a headline: what is one, what only looks like one."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distributor.text.marks import Marked, MarkKind, split_marks

CORRECTION, REFILE, UPDATE, KILL = MarkKind.CORRECTION, MarkKind.REFILE, MarkKind.UPDATE, MarkKind.KILL
INTERNAL, FLASH, URGENT, WRAP_UP = MarkKind.INTERNAL, MarkKind.FLASH, MarkKind.URGENT, MarkKind.WRAP_UP


def kinds(headline: str) -> list[MarkKind]:
    return [mark.kind for mark in split_marks(headline).marks]


@pytest.mark.parametrize(
    ("headline", "kind", "rest"),
    [
        ("CORRECTED: Minister resigned", CORRECTION, "Minister resigned"),
        ("CORRECTED-Minister resigned", CORRECTION, "Minister resigned"),
        ("Correction: Obit-Smith story", CORRECTION, "Obit-Smith story"),
        ("(CORRECTED) Minister resigned", CORRECTION, "Minister resigned"),
        ("Minister resigned (corrected)", CORRECTION, "Minister resigned"),
        ("Korrektur: Minister tritt zurück", CORRECTION, "Minister tritt zurück"),
        ("KORREKTUR/DAX fällt", CORRECTION, "DAX fällt"),
        ("CORRIGÉ - Le ministre démissionne", CORRECTION, "Le ministre démissionne"),
        ("FE DE ERRATAS: El ministro dimite", CORRECTION, "El ministro dimite"),
        ("ИСПРАВЛЕНО: министр ушел", CORRECTION, "министр ушел"),
        ("Выпраўлена: міністр сышоў", CORRECTION, "міністр сышоў"),
        ("【訂正】大臣が辞任", CORRECTION, "大臣が辞任"),
        ("[정정] 장관 사임", CORRECTION, "장관 사임"),
        ("REFILE-Minister resigns", REFILE, "Minister resigns"),
        ("RPT-Minister resigns", REFILE, "Minister resigns"),
        ("ПОВТОР - министр ушел", REFILE, "министр ушел"),
        ("UPDATE 2-Minister resigns", UPDATE, "Minister resigns"),
        ("UPDATE2: Minister resigns", UPDATE, "Minister resigns"),
        ("2ND LEAD - Minister resigns", UPDATE, "Minister resigns"),
        ("[Update] Minister resigns", UPDATE, "Minister resigns"),
        ("Взрыв в Минске (обновлено)", UPDATE, "Взрыв в Минске"),
        ("[KILL] Minister resigns", KILL, "Minister resigns"),
        ("KILL: Minister resigns", KILL, "Minister resigns"),
        ("KILL KILL KILL - Minister resigns", KILL, "Minister resigns"),
        ("MANDATORY KILL: Minister resigns", KILL, "Minister resigns"),
        ("WITHDRAWN-Minister resigns", KILL, "Minister resigns"),
        ("АННУЛИРОВАНО: министр ушел", KILL, "министр ушел"),
        ("ANULADA - El ministro dimite", KILL, "El ministro dimite"),
        ("TEST: please ignore", INTERNAL, "please ignore"),
        ("TEST TEST TEST", INTERNAL, ""),
        ("HOLD FOR RELEASE - Prize winners", INTERNAL, "Prize winners"),
        ("НЕ ПУБЛИКОВАТЬ: черновик", INTERNAL, "черновик"),
        ("*** FLASH *** MINISTER RESIGNS", FLASH, "MINISTER RESIGNS"),
        ("\U0001f534 Breaking: Minister resigns", FLASH, "Minister resigns"),
        ("[SNAP] MINISTER RESIGNS", FLASH, "MINISTER RESIGNS"),
        ("EIL: Minister tritt zurück", FLASH, "Minister tritt zurück"),
        ("【速報】大臣が辞任", FLASH, "大臣が辞任"),
        ("URGENT - MINISTER RESIGNS", URGENT, "MINISTER RESIGNS"),
        ("СРОЧНО! Министр ушел", URGENT, "Министр ушел"),
        ("Срочно: министр ушел", URGENT, "министр ушел"),
        ("WRAPUP 3-Minister resigns, markets fall", WRAP_UP, "Minister resigns, markets fall"),
        ("ROUNDUP 2/Minister tritt zurück", WRAP_UP, "Minister tritt zurück"),
    ],
)
def test_a_wire_s_mark_is_known_and_taken_off(headline: str, kind: MarkKind, rest: str) -> None:
    found = split_marks(headline)
    assert [mark.kind for mark in found.marks] == [kind]
    assert found.headline == rest
    assert found.has(kind)


LOOK_ALIKES = [
    "Kill Bill returns to the cinemas",
    "KILL BILL: THE WHOLE BLOODY AFFAIR",
    "KILL-SWITCH LAW PASSED",
    "Kill: the film that nobody wants to see",
    "Killed: the plan for a new bridge",
    "Hold: how a small bank grew",
    "HOLD-UP AT A BANK IN MINSK",
    "Hold, a maker of locks, goes public",
    "Test: der neue Golf",
    "(Test) Der neue Golf fährt elektrisch",
    "TEST-TUBE BABY IS FORTY",
    "Test cricket returns to Lahore",
    "Prep: ten dishes for a big dinner",
    "Urgent care clinics close",
    "URGENT-CARE CLINICS CLOSE",
    "Breaking Bad star dies",
    "BREAKING BAD: THE END",
    "FLASH-FLOOD WARNING FOR THE SOUTH",
    "Flash floods kill ten",
    "SNAP: shares fall by a fifth",
    "Snap: a company in trouble",
    "Update on the storm in the south",
    "UPDATE 2-1 WIN FOR SPURS",
    "Correction officers strike",
    "CORRECTION-OFFICER STRIKE GOES ON",
    "Corrected figures show growth",
    "Поправка к закону принята",
    "Поправка: Дума голосует",
    "Тест: что вы знаете о Минске",
    "Отзыв: новый фильм",
    "Итоги: год в цифрах",
    "Withdrawn troops come home",
    "Draft: the Panthers pick first",
    "DRAFT: PANTHERS PICK YOUNG FIRST",
    "Minister resigns (KILL)",
    "Minister resigns (test)",
    "Alert: storm in the south",
    "HOLD! THE LINE IS NOT CUT",
    "Lead: the metal that poisoned Rome",
    "",
]


@pytest.mark.parametrize("headline", LOOK_ALIKES)
def test_what_only_looks_like_a_mark_stays_in_the_headline(headline: str) -> None:
    assert split_marks(headline) == Marked(marks=(), headline=headline)


def test_several_marks_stand_in_their_order() -> None:
    found = split_marks("URGENT: UPDATE 2-CORRECTED-Minister resigns (updated)")
    assert [(mark.kind, mark.word, mark.number) for mark in found.marks] == [
        (URGENT, "urgent", 0),
        (UPDATE, "update", 2),
        (CORRECTION, "corrected", 0),
        (UPDATE, "updated", 0),
    ]
    assert found.headline == "Minister resigns"
    assert not found.has(KILL)


def test_a_headline_that_is_nothing_but_a_mark_leaves_nothing() -> None:
    assert split_marks("(corrected)").headline == ""
    assert kinds("TEST!!!") == [INTERNAL]
    assert kinds("Test") == []


def test_a_letter_that_only_looks_like_one_of_a_mark_s_is_none() -> None:
    # to a pattern that ignores case the long s and the dotless i are s and i
    assert kinds("TEſT: a story") == []
    assert kinds("[teſt] a story") == []
    assert kinds("A story (updateſ)") == []
    assert kinds("A story (correctıon)") == []


def test_a_feed_s_own_words_count_in_any_letters_and_leave_the_others_alone() -> None:
    own = {INTERNAL: ["[Запас]", "Age 99:"], KILL: ["Do not use"], CORRECTION: [" : "]}
    assert split_marks("(запас) писатель", own).has(INTERNAL)
    assert split_marks("Запас: писатель", own).has(INTERNAL)
    assert split_marks("age 99 - a writer", own).headline == "a writer"
    assert split_marks("do not use: Minister resigns", own).has(KILL)
    assert split_marks("Запасов хватит", own).marks == ()
    assert split_marks("CORRECTED: Minister resigned", own).has(CORRECTION)
    assert split_marks("Запас: писатель").marks == ()


@given(st.text(max_size=60))
def test_a_split_loses_nothing_but_marks(headline: str) -> None:
    found = split_marks(headline)
    whole = " ".join(unicodedata.normalize("NFC", headline).split())
    assert found.headline in whole
    assert bool(found.marks) == (found.headline != whole)
    assert split_marks(found.headline).marks == ()


MARKS = st.sampled_from(["CORRECTED: ", "[KILL] ", "URGENT - ", "UPDATE 2-", "* FLASH * ", "ИСПРАВЛЕНО: ", "(TEST) "])


@given(st.lists(MARKS, min_size=1, max_size=4, unique=True))
def test_as_many_marks_are_found_as_stand_there(marks: list[str]) -> None:
    found = split_marks("".join(marks) + "Minister resigns")
    assert len(found.marks) == len(marks)
    assert found.headline == "Minister resigns"
