"""What the program itself says to readers is said whole in every language that it speaks."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from distributor.render import catalogues
from distributor.render.catalogues import accepted, languages, speaker, spoken

ROOT = Path(__file__).resolve().parent.parent.parent
OTHERS = [language for language in languages() if language != "en"]
NAMED = re.compile(r"%\((\w+)\)s")


def sentences() -> set[str]:
    """Every sentence that templates and modules say."""
    found = set()
    for folder, methods in (
        ("templates", [("**.j2", "jinja2.ext:babel_extract")]),
        ("distributor", [("**.py", "python")]),
    ):
        options = {"**.j2": {"trimmed": "false", "extensions": "distributor.render.parts.PartTag"}}
        told = extract_from_dir(ROOT / folder, methods, options, keywords={"_": None, "say": None, "Phrase": None})
        found |= {message for _, _, message, *_ in told if isinstance(message, str)}
    return found


def catalogue(language: str):
    with (files(catalogues) / f"{language}.po").open("rb") as file:
        return [one for one in read_po(file, locale=language) if one.id]


def test_english_and_russian_are_spoken():
    assert set(languages()) >= {"en", "ru"}


@pytest.mark.no_cover
@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_has_every_sentence_and_none_that_nobody_says(language):
    said = sentences()
    assert len(said) > 20
    assert {str(one.id) for one in catalogue(language)} == said


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_is_there_is_no_guess_and_names_the_same_values(language):
    for one in catalogue(language):
        assert one.string, one.id
        assert not one.fuzzy, one.id
        assert set(NAMED.findall(str(one.string))) == set(NAMED.findall(str(one.id)))


def test_a_sentence_is_said_in_the_language_and_one_that_is_missing_in_english():
    assert speaker("ru")("Your link") == "Ваша ссылка"
    assert speaker("ru")("a sentence that nobody has translated %(n)s", n=1).endswith("translated 1")
    assert speaker("en")("100 % sure") == "100 % sure"
    assert speaker("xx")("Your link") == "Your link"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (("ru-BY",), "ru"),
        (("be", "ru"), "ru"),
        (("RU_ru",), "ru"),
        (("", "de"), "en"),
        ((), "en"),
        (("en-GB", "ru"), "en"),
        (("../ru",), "en"),
    ],
)
def test_the_first_language_that_can_be_spoken_is(wanted, found):
    assert spoken(*wanted) == found


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("ru,en;q=0.5", ["ru", "en"]),
        ("en;q=0.5, ru;q=0.9", ["ru", "en"]),
        ("de;q=0, ru", ["ru"]),
        ("ru;q=nonsense", []),
        ("", []),
        (", ,", []),
    ],
)
def test_what_a_browser_accepts_is_read_in_its_order(header, found):
    assert accepted(header) == found
