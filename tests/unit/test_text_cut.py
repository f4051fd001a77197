"""Shortening as an editor would."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.text.cut import Kind, cuts, ended, fit, loose_cuts, shorten
from distributor.text.glue import is_title_case, pairs, tokens
from distributor.text.graphemes import graphemes
from distributor.text.languages import language_of
from distributor.text.measure import utf16_length, weighted_length


def common(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    return next(
        (at for at, (left, right) in enumerate(zip(one, other, strict=False)) if left != right),
        min(len(one), len(other)),
    )


MAKEI = (
    "Belarusian Minister of Foreign Affairs Vladimir Makei told media that the "
    "institution of partnership is supposed to "
    "increase the influence and authority of the Collective Security Treaty Organization. "
    "The partnership institution "
    "will allow more active work with other countries and regional organizations. “It is in the final stage of the "
    "approval process. Some CSTO member states have to complete only several domestic approval procedures. I am "
    "convinced we will finish it next year,” said the Belarusian minister of foreign affairs."
)


def test_a_text_that_fits_stays_whole() -> None:
    assert shorten("  A short text, not done ", 30) == "A short text, not done"
    assert shorten("", 0) == ""


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (len(MAKEI), MAKEI),
        (len(MAKEI) - 1, MAKEI[:305]),
        (250, MAKEI[:200]),
        (200, MAKEI[:200]),
        (153, MAKEI[:152] + "…"),
        (60, ""),  # that says nothing
        (40, ""),
        (3, ""),
    ],
)
def test_whole_sentences_come_first_and_names_stay_whole(limit: int, expected: str) -> None:
    assert shorten(MAKEI, limit) == expected.strip()


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        # a clause, where it leaves little room unused
        (
            "The plant in Brest opened in May, which nobody had expected so early in the year",
            60,
            "The plant in Brest opened in May…",
        ),
        ("The plant opened – and nobody had expected it so early in this year at all", 30, "The plant opened…"),
        # and words, where it would leave too much
        (
            "The plant, which opened in May with a staff of forty people from the region",
            60,
            "The plant, which opened in May with a staff of forty people…",
        ),
        # figures with their units, dates, thousands
        ("The country will have spent 3.5 million euros on repairs of roads", 38, "The country will have spent…"),
        ("The ministry said prices rose by 20 per cent in the last month", 40, "The ministry said prices rose…"),
        ("The company paid the state $3.5 bn in taxes and some more", 34, "The company paid the state…"),
        ("They met the guests on 30 November 2017 in Minsk and talked", 32, "They met the guests…"),
        ("They met the guests on November 30 in the capital and talked", 34, "They met the guests…"),
        ("Заводы выпустили 10 000 машин за один только этот год", 22, ""),
        ("Заводы страны выпустили 10 000 машин за один этот год", 28, "Заводы страны выпустили…"),
        ("The company will buy Boeing 737 planes for the new route", 27, ""),
        ("Prices of the good № 5 went up again in the shops of Minsk", 22, ""),
        # names, titles, initials, lists
        ("The award was given to Alexander Lukashenko in Minsk yesterday", 38, "The award was given…"),
        ("The speech was given by J. D. Vance in the town of Munich", 33, "The speech was given…"),
        ("The bank was led for years by Ursula von der Leyen and others", 46, "The bank was led for years…"),
        ("The talks were held by Russia and Belarus in the capital", 38, "The talks were held…"),
        ("The rules hit firms like Google, Meta, X and Netflix in this land", 40, "The rules hit firms…"),
        ("The old song was Viva de la los las del mar all over the town", 26, "The old song was Viva…"),
        (
            "The road was closed to traffic in May after all the rain there",
            38,
            "The road was closed to traffic in May…",
        ),
        # links and tags
        ("The report can be read at https://example.com/report/2026 by all", 45, "The report can be read…"),
        # quotations: cut before a short one, close a long one, never part it from who said it
        ("They were watching “Dazed and Confused” at home on that evening", 32, ""),
        (
            (
                "Makei said: “We have worked for years on this matter and will finish it in the next "
                "year at last”, he added"
            ),
            60,
            "Makei said: “We have worked for years on this matter…”",
        ),
        (
            "The head said „Wir haben jahrelang an dieser Sache gearbeitet und werden fertig“ in Berlin",
            60,
            "The head said „Wir haben jahrelang an dieser Sache…“",
        ),
        (
            "The new law (it was adopted in May of this year by a large majority of the house and signed) is here",
            70,
            "The new law (it was adopted in May of this year by a large majority…)",
        ),
        ("The law has changed (in May) for all people of the land", 25, "The law has changed…"),
        # headings with capitals everywhere
        ("Police Arrest Three Men After Long Chase Through Old Town Centre", 30, "Police Arrest Three Men…"),
        ("no word of this ends", 5, ""),
    ],
)
def test_what_belongs_together_stays_together(text: str, limit: int, expected: str) -> None:
    assert shorten(text, limit) == expected


@pytest.mark.parametrize(
    ("language", "text", "limit", "expected"),
    [
        (
            "ru",
            "Беларусь подготовила пакет документов 30 ноября 2017 г. в рамках председательства",
            55,
            "Беларусь подготовила пакет документов…",
        ),
        (
            "ru",
            "Министр сказал: «Это финальная стадия процесса согласования документов, мы закончим её», – отметил он",
            70,
            "Министр сказал: «Это финальная стадия процесса согласования…»",
        ),
        (
            "de",
            (
                "Der Minister sagte: »Wir haben lange an diesem Gesetz gearbeitet und sind nun "
                "endlich fertig damit«, so er"
            ),
            70,
            "Der Minister sagte: »Wir haben lange an diesem Gesetz gearbeitet…«",
        ),
        (
            "zh",
            "中国外交部发言人表示，双方将继续努力，推动两国关系在11月30日之后不断向前发展。会议在北京举行。",
            30,
            "中国外交部发言人表示，双方将继续努力…",
        ),
        (
            "zh",
            "中国外交部发言人表示，双方将继续努力，推动两国关系在11月30日之后不断向前发展。会议在北京举行。",
            50,
            "中国外交部发言人表示，双方将继续努力，推动两国关系在11月30日之后不断向前发展。会议在北京举行。",
        ),
        ("ja", "東京の会議は午後か\u3099始まりました", 10, "東京の会議は午後…"),
    ],
)
def test_other_languages_follow_their_own_habits(language: str, text: str, limit: int, expected: str) -> None:
    assert shorten(text, limit, language=language) == expected


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ('He said "yes" and 5" more', ['"yes"']),
        ("‘Yes,’ it’s said", ["‘Yes,’"]),
        ("”Ja”, sa han", ["”Ja”"]),
        ("»Ja«, sagte er", ["»Ja«"]),
        ("« Oui », dit-il", ["« Oui »"]),
        ("a« b (c [d] e", ["[d]"]),
        ("‘tis so (and", []),
        ("„Ja“ „Tak”", ["„Ja“", "„Tak”"]),
        ("(“a” b)", ["(“a” b)", "“a”"]),
        ("“a (b” c)", ["“a (b”"]),
        ("said: “open", ["“open"]),
    ],
)
def test_quotations_and_brackets_are_found(text: str, marks: list[str]) -> None:
    assert [text[pair.start : pair.end] for pair in pairs(text)] == marks


def test_a_quotation_of_several_sentences_is_not_parted_from_its_speaker() -> None:
    text = (
        "It was decided yesterday. “We are done here. We shall go home now,” said the old minister of state. It rained."
    )
    assert shorten(text, 60) == "It was decided yesterday."
    assert shorten(text, len(text) - 1) == text.removesuffix(" It rained.")


def test_a_quotation_with_its_speaker_in_front_may_lose_its_later_sentences() -> None:
    text = (
        "The old minister of state said: “We are done here. We shall go home now and we shall never come back again.”"
    )
    assert shorten(text, 60) == "The old minister of state said: “We are done here.”"


def test_a_tiny_first_sentence_does_not_waste_the_room() -> None:
    text = "Yes. " + "The long sentence behind it goes on and on " * 4 + "and ends."
    assert shorten(text, 100).startswith("Yes. The long sentence")


def test_the_kinds_of_cuts_are_told() -> None:
    kinds = [cut.kind for cut in cuts("The plant opened early, in May it began. All came to see it.")]
    assert kinds == [Kind.WORD, Kind.CLAUSE, Kind.WORD, Kind.SENTENCE]


NAMES = ["Alexander Lukashenko", "J. D. Vance", "Nr. 5"]
ATOMS = [
    "3.5 million",
    "$3.5 bn",
    "30 November",
    "1,024",
    "10 000",
    "20 %",
    "Alexander Lukashenko",
    "J. D. Vance",
    "“short and sweet”",
    "«так и есть»",
    "(in brackets)",
    "https://e.com/a-b?c=d",
    "#tag",
    "e\u0301te\u0301",
    "👨\u200d👩\u200d👧",
    "Nr. 5",
]
WORDS = [
    "the",
    "plants",
    "opened,",
    "of",
    "said.",
    "Then",
    "he",
    "went – and",
    "“We shall",
    "finish it”",
    "in",
    "minister;",
    "сказал",
    "что",
    "end?",
    "“",
    "(",
    "中文新闻，北京举行",
    "a\n\nb",
]
TEXTS = st.lists(st.one_of(st.sampled_from(ATOMS), st.sampled_from(WORDS)), min_size=1, max_size=30)
MEASURES: list[Callable[[str], int]] = [len, weighted_length, utf16_length]


@settings(max_examples=250, deadline=None)
@given(TEXTS, st.integers(0, 160), st.sampled_from(MEASURES), st.sampled_from(["en", "ru", "de"]))
def test_a_cut_is_never_too_long_never_inside_anything_and_final(
    pieces: list[str], limit: int, measure: Callable[[str], int], language: str
) -> None:
    text = " ".join(pieces).strip()
    cut = shorten(text, limit, measure=measure, language=language)
    assert measure(cut) <= limit
    assert shorten(cut, limit, measure=measure, language=language) == cut
    kept = common(cut, text)
    assert "".join(graphemes(text)).startswith("".join(graphemes(text[:kept])))
    position = 0
    if is_title_case(tokens(text), language_of(language)):
        pieces = [piece for piece in pieces if piece not in NAMES]  # capitals everywhere do not tell names
    for piece in pieces:
        start, position = text.find(piece, position), text.find(piece, position) + len(piece)
        assert piece not in ATOMS or not cut or not start < kept < position


@settings(max_examples=120, deadline=None)
@given(TEXTS, st.sampled_from(MEASURES))
def test_more_room_never_gives_less_text(pieces: list[str], measure: Callable[[str], int]) -> None:
    text = " ".join(pieces).strip()
    kept = [common(shorten(text, limit, measure=measure), text) for limit in range(0, 120, 3)]
    assert kept == sorted(kept)


def test_the_rendered_post_holds_the_longest_cut_that_fits() -> None:
    calls: list[str] = []

    def render(text: str) -> str:
        calls.append(text)
        return f"Headline\n{text}\nhttps://example.com/a/b/c"

    post, cut = fit(render, MAKEI, 280, measure=weighted_length)
    assert cut == MAKEI[:200]
    assert post == render(cut)
    assert len(calls) <= 10


def test_a_text_that_fits_is_rendered_once() -> None:
    calls: list[str] = []

    def render(text: str) -> str:
        calls.append(text)
        return f"<{text}>"

    assert fit(render, "All of it.", 20) == ("<All of it.>", "All of it.")
    assert len(calls) == 1


def test_a_template_that_escapes_or_repeats_is_measured_as_it_is() -> None:
    post, cut = fit(lambda text: f"{text}{text}", "The plant & the people opened the door of the house today", 60)
    assert post == cut * 2
    assert len(post) <= 60
    assert cut == "The plant & the people opened…"


def test_where_no_cut_fits_the_post_goes_without_text() -> None:
    assert fit(lambda text: f"Headline {text}", "Incomprehensibilities everywhere around", 12) == ("Headline ", "")


def test_a_post_that_is_too_long_by_itself_is_an_error() -> None:
    with pytest.raises(ValueError, match="the post is 20 units long without its text, the limit is 10"):
        fit(lambda text: "x" * 20 + text, "text", 10)


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.integers(25, 120))
def test_fit_finds_what_shorten_finds(pieces: list[str], limit: int) -> None:
    text = " ".join(pieces).strip()
    post, cut = fit(lambda part: f"Headline: {part}", text, limit)
    assert len(post) <= limit
    assert cut == shorten(text, limit - len("Headline: "))


@pytest.mark.parametrize(
    ("shown", "at"),
    [
        ("", ""),
        ("The plant opened in May. Its doors, once red, are green.", ""),
        ("The plant opened in May.", "sentence"),
        ("The plant opened in May. Its doors…", "clause"),
        ("The plant opened…", "phrase"),
        ("The plant…", "word"),
        ("The pla…", "character"),
        ("Its doors, once red, are green.", "sentence"),
    ],
)
def test_it_can_be_told_where_a_shortened_text_ends(shown: str, at: str) -> None:
    assert ended("The plant opened in May. Its doors, once red, are green.", shown) == at


def test_a_line_that_must_be_shown_ends_with_a_word_that_means_something_where_it_can() -> None:
    text = "Parliament adopts the budget"
    assert [text[:place] for place in loose_cuts(text)] == ["Parliament", "Parliament adopts"]
    assert loose_cuts("Of the end") == [2, 6]


@pytest.mark.parametrize(
    ("language", "text", "limit", "expected"),
    [
        ("en", "The plant in Minsk will open in May and employ four hundred people, BelTA has learned.", 60,
         "The plant in Minsk will open in May…, BelTA has learned."),
        ("ru", "Завод в Минске откроется в мае и примет четыреста человек на работу, сообщает БЕЛТА.", 52,
         "Завод в Минске откроется в мае…, сообщает БЕЛТА."),
        ("de", "Das Werk in Minsk öffnet im Mai und beschäftigt vierhundert Menschen, sagte der Minister.", 65,
         "Das Werk in Minsk öffnet im Mai…, sagte der Minister."),
        ("en", "It opens. The plant in Minsk will open in May and employ many, said the minister.", 60, "It opens."),
        ("en", '"The plant in Minsk will open in May. It will employ four hundred people," the minister said.', 60, ""),
        ("en", 'Minsk -- "The plant will open in May. It will employ four hundred people," the minister said.', 60, ""),
    ],
)  # fmt: skip
def test_who_says_so_is_never_cut_away(language: str, text: str, limit: int, expected: str) -> None:
    assert shorten(text, limit, language=language) == expected


def test_a_chinese_clause_of_hardly_a_word_is_no_place_to_end() -> None:
    text = "昨天，外交部长在北京会见了白俄罗斯代表团，双方讨论了贸易"
    found = {cut.position: cut.kind for cut in cuts(text, "zh")}
    assert text.index("，") not in found
    assert found[text.rindex("，")] is Kind.CLAUSE
