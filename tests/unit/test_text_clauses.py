"""Where a sentence may be broken off, and what it still owes: by words, without a comma to go by."""

from __future__ import annotations

import pytest

from distributor.text.clauses import joints, listed, owed, parts_verb
from distributor.text.cut import shorten
from distributor.text.glue import tokens
from distributor.text.languages import language_of

ENGLISH = language_of("en")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It opens in May but nobody has applied", ["but"]),
        ("He left as he saw her, known as such as she was", ["as"]),
        ("They were described as heroes while abroad", ["while"]),
        ("It will help even after pulling out", ["even"]),
        ("It fell just 4 months after the vote", ["just"]),
        ("They have pledged money and will send men and women", ["and"]),
        ("After all", []),
        ("It rained and", []),
    ],
)
def test_a_clause_begins_without_a_comma(text: str, words: list[str]) -> None:
    everything = tokens(text)
    assert [everything[index].core for index in sorted(joints(everything, ENGLISH))] == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("He used photos, drawings and documents", ["photos,"]),
        ("Red, old, new and blue boats", ["Red,", "old,"]),
        ("It opened, which nobody had expected", []),
        ("It opened, and nobody came", []),
    ],
)
def test_commas_of_a_list_end_no_clause(text: str, words: list[str]) -> None:
    everything = tokens(text)
    assert [everything[index].raw for index in sorted(listed(everything, ENGLISH))] == words


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "It changed in both position and strength overnight", ["both position and strength"]),
        ("en", "It ran between March 5 and March 30", ["between March 5 and March"]),
        ("en", "It was lost not because it was late but because of rain",
         ["not because it was late but because"]),
        ("en", "Both came home", []),
        ("en", "Firms must operate within the law", ["must operate within"]),
        ("en", "It was given to Minsk", []),
        ("en", "It is approving measures now", ["is approving measures"]),
        ("en", "He said that the security of it was very good today", ["that the security of it was very good today"]),
        ("en", "He said that they go home for the day", ["that they go home for the"]),
        ("en", "He met firms that harm nature, and left them alone", ["that harm nature"]),
        ("en", "She left, saying much about rain, snow at all", ["saying much about rain"]),
        ("en", "She wrote of those who", ["who"]),
        ("ru", "Завод между Минском и Брестом закрыт", ["между Минском и Брестом"]),
        ("fr", "Après le vote, le maire de la ville est parti", ["Après le vote, le maire de"]),
        ("de", "Zwischen Minsk und Brest", ["Zwischen Minsk und Brest"]),
        ("zh", "中国", []),
    ],
)  # fmt: skip
def test_what_was_begun_is_owed(language: str, text: str, expected: list[str]) -> None:
    stretches = [text[max(start + 1, 0) : end] for start, end in owed(tokens(text), language_of(language))]
    subject = "en" if language == "en" else ""
    assert [one for one in stretches if not subject or not text.startswith(one)] == expected


@pytest.mark.parametrize(
    ("text", "begun"),
    [
        ("Labour union, the largest of the land, confirmed it", "Labour union, the largest of the land, confirmed"),
        ("On Monday, the union in Minsk confirmed it", "On Monday, the union in Minsk confirmed"),
        ("In Minsk they were glad, all of them", "In Minsk they were"),
        ("After they were gone, the union confirmed it", "After they were gone, the union confirmed"),
        ("To go there, union members need time", "To go there, union members need"),
        ("With rain, wind, snow", "With rain, wind, snow"),
        ("In Minsk again", None),
        ("Police Arrest Three Men After Long Chase", None),
        ("", None),
    ],
)
def test_a_sentence_owes_its_verb(text: str, begun: str | None) -> None:
    stretches = [text[max(start + 1, 0) : end] for start, end in owed(tokens(text), ENGLISH)]
    assert max((one for one in stretches if text.startswith(one)), default=None, key=len) == begun


@pytest.mark.parametrize(
    ("text", "index", "expected"),
    [("He plans to go", 2, True), ("Given to Minsk", 1, False), ("The party will", 2, True), ("A law of", 2, False)],
)
def test_nothing_is_parted_from_its_verb(text: str, index: int, expected: bool) -> None:
    assert parts_verb(tokens(text), index, ENGLISH) is expected


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("The mission found that the depth had changed by a lot in both position and strength since the year began", 80,
         "The mission found that the depth had changed by a lot…"),
        ("The minister said on Tuesday that big platforms of the net must operate within the law of the country", 80,
         ""),
        ("The land is preparing eight thousand troops but the final decision rests with the president", 75,
         "The land is preparing eight thousand troops…"),
        ("The minister kicked off a trip to Slovakia and Hungary, whose conservative leaders are his friends", 80,
         "The minister kicked off a trip to Slovakia and Hungary…"),
        ("The Alternative for Germany party gained a seat in every town of the east of the land", 45,
         "The Alternative for Germany party gained…"),
    ],
)  # fmt: skip
def test_a_cut_keeps_the_point(text: str, limit: int, expected: str) -> None:
    assert shorten(text, limit) == expected
