"""Where sentences end, in the languages of newsrooms."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.text.languages import language_of
from distributor.text.sentences import sentences, spans

CASES = [
    (
        "en",
        (
            "U.S. Sen. J. D. Vance of Ohio spoke on Monday.|He left at 5 p.m.|The next day he "
            "returned to the U.S.|The visit was short."
        ),
    ),
    (
        "en",
        (
            "It cost $3.5 bn.|In 2017 the U.N. Security Council met.|Mr. Smith vs. Dr. Jones, No. "
            "5, ended.|“It is final.”|He left."
        ),
    ),
    ("en", "“Will it end?” he asked.|“Yes!” – said Makei.|Wait...|Then it stopped.|He paused... and went on."),
    ("en", "MOSCOW, November 30. /TASS/. Russia said so.|It was on Nov. 30 at 10.30 a.m. Monday."),
    ("en", "He was born in 2017.|30 people came.|The plan B. Another was off.|I did it, and so did I.|Then we left."),
    (
        "en",
        (
            "Apple Inc. CEO Tim Cook spoke.|The St. Louis Cardinals beat the L.A. "
            "Dodgers.|Washington, D.C. officials agreed."
        ),
    ),
    ("en", "1. The first thing.|It was over (he said so.)|Then he left. , and so on"),
    ("en", "He came.|“We won!” – Makei said.|— A dash begins this.|It grew by 5 %. / The end."),
    (
        "ru",
        (
            "В г. Минске 30 ноября 2017 г. состоялась встреча.|В ней участвовали А. Г. Лукашенко "
            "и др. лица.|Т.е. всё хорошо.|«Это финал».|Он уехал."
        ),
    ),
    (
        "ru",
        (
            "В 2017 г. Беларусь председательствовала в ОДКБ.|Объём вырос на 3,5 млн. долл. по "
            "сравнению с 2016 г.|В этом году ждут роста."
        ),
    ),
    ("be", "У г. Мінску 30 лістапада адбылася сустрэча.|У ёй удзельнічалі і інш. асобы."),
    ("uk", "У м. Києві 30 листопада 2017 р. відбулася зустріч.|У ній взяли участь 3 тис. осіб."),
    (
        "de",
        (
            "Er wurde zum 1. Vorsitzenden gewählt.|Am 30. November kam Dr. Merkel, z. B. nach "
            "Berlin.|Die Nr. 5 siegte.|Es war 1990.|Die Mauer fiel."
        ),
    ),
    ("de", "Papst Johannes XXIII. war beliebt.|„Das ist gut.“|Er ging am 3.|Die anderen blieben."),
    ("es", "EE.UU. anunció sanciones.|El Sr. García viajó a EE. UU.|La visita duró tres días.|¿Qué pasó?|¡Nada!"),
    ("fr", "M. Macron a rencontré Mme Merkel.|« C’est fini. »|Il est parti.|Les deux ont parlé."),
    (
        "pl",
        "W 2017 r. odbyło się spotkanie.|Prezydent m.in. powiedział, że tzw. reforma trwa.|Na ul. Długiej jest cicho.",
    ),
    (
        "zh",
        "中国外交部发言人表示：“这是最后阶段。”他说，双方将继续努力。|“我们明年完成。”|会议在北京举行。|真的吗？|是的！",
    ),
    ("ja", "会議が開かれた。|「終わった。」と述べた。|明日も続く。"),
    ("hi", "भारत ने कहा।|यह अच्छा है।|क्या हुआ?"),
    ("ar", "قال الرئيس ذلك.|ثم غادر المدينة؟|نعم."),
    ("it", "Il Dr. Rossi è arrivato.|Poi è partito."),
    ("en", "It ended.\n\n|he left.\n\n|Then\nit rained.|\nAll went."),
    ("", "One heading\n\n|Two.\n|Three\n \n|Four."),
]


@pytest.mark.parametrize(("language", "marked"), CASES)
def test_sentences_end_where_an_editor_would_say_so(language: str, marked: str) -> None:
    expected = [part.strip() for part in marked.split("|")]
    text = marked.replace("。|", "。").replace("”|", "” " if language != "zh" else "”")
    text = text.replace("|", "" if language in {"zh", "ja"} else " ")
    assert sentences(text, language) == expected


def test_the_region_of_a_language_changes_nothing() -> None:
    assert language_of("ru-RU") is language_of("ru") is language_of("RU_by")
    assert language_of("xx") is language_of("")


def test_an_empty_text_has_no_sentences() -> None:
    assert sentences("") == []
    assert sentences(" \n ") == []


WORDS = st.lists(
    st.sampled_from(
        [
            "The",
            "U.S.",
            "г.",
            "Nr.",
            "3.5",
            "30",
            "…",
            "...",
            ".",
            "!",
            "?”",
            "“",
            "»",
            "«",
            "\n\n",
            "\n",
            " ",
            "  ",
            "J.",
            "。",
            "』",
            "।",
            "он",
            "Он",
            "/TASS/.",
            "- ",
            ",",
        ]
    )
).map("".join)


@settings(max_examples=400, deadline=None)
@given(st.one_of(WORDS, st.text()), st.sampled_from(["en", "ru", "de", "fr", "zh", ""]))
def test_sentences_and_the_gaps_between_them_are_the_text(text: str, language: str) -> None:
    position, rebuilt = 0, ""
    for span in spans(text, language):
        assert not text[position : span.start].strip()
        rebuilt += text[position : span.end]
        assert text[span.start : span.end].strip() == text[span.start : span.end] != ""
        position = span.end
    assert not text[position:].strip()
    assert rebuilt + text[position:] == text


HARD = sorted((Path(__file__).parent / "hard_sentences").glob("*.txt"))
#: nothing parts these from the next: "al. Jerozolimskich 5. Dom" may be an ordinal, "10.30 p.m. Trams" one sentence
LEFT_WHOLE = {"pl": 1, "en": 1}


@pytest.mark.parametrize("path", HARD, ids=lambda path: path.stem)
def test_hard_cases_of_each_language_are_parted_where_a_reader_parts_them(path: Path) -> None:
    cases = [line.split(" | ") for line in path.read_text("utf-8").splitlines()]
    wrong = [case for case in cases if sentences(" ".join(case), path.stem) != case]
    assert len(cases) >= 40
    assert len(wrong) == LEFT_WHOLE.get(path.stem, 0), wrong
    # where it is not sure, it keeps together: never half a sentence
    ends = [{len(" ".join(case[: n + 1])) for n in range(len(case))} for case in wrong]
    found = [{span.end for span in spans(" ".join(case), path.stem)} for case in wrong]
    assert all(ours <= theirs for ours, theirs in zip(found, ends, strict=True))


def test_every_language_of_the_newsroom_has_its_hard_cases() -> None:
    assert [path.stem for path in HARD] == ["be", "de", "en", "es", "fr", "pl", "ru", "uk"]


@pytest.mark.parametrize(
    "text",
    ["В 2026 г. Минск примет форум.", "К концу ноября 2026 г. Гомель построит мост.", "At 5 p.m. Boston trains stop."],
)
def test_a_year_or_an_hour_before_what_happened_ends_no_sentence(text: str) -> None:
    assert sentences(text, "en" if text.isascii() else "ru") == [text]
