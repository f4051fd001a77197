"""Hashtags by the newsroom's style, and addresses that say where a reader came from."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.model import Style
from distributor.rules.words.tags import hashtag, hashtags
from distributor.text.links import canonical, is_signed, tracked
from tests.support import article

STYLE = Style(
    hashtags=(("Foreign policy", "foreign policy"), ("Sport", "Sport"), ("Numbers", "2026")),
    tags=("COP31", "climate talks", "sport"),
)


@pytest.mark.parametrize(
    ("words", "tag"),
    [
        ("foreign policy", "#ForeignPolicy"),
        ("COP31", "#COP31"),
        ("внешняя политика", "#ВнешняяПолитика"),
        ("e-health & care", "#EHealthCare"),
        ("one_two", "#OneTwo"),
        ("2026", ""),
        ("&", ""),
    ],
)
def test_a_tag_is_written_in_camel_case(words: str, tag: str) -> None:
    assert hashtag(words) == tag


def test_sections_come_first_then_words_of_the_headline_each_once_and_no_more_than_allowed() -> None:
    told = article(headline="Climate talks: sport at COP31", categories=("SPORT", "Foreign Policy", "Numbers", "Other"))
    assert hashtags(told, STYLE) == ("#Sport", "#ForeignPolicy")
    roomy = Style(hashtags=STYLE.hashtags, tags=STYLE.tags, most_tags=5)
    assert hashtags(told, roomy) == ("#Sport", "#ForeignPolicy", "#COP31", "#ClimateTalks")
    assert hashtags(article(headline="COP311 and climate", categories=()), STYLE) == ()
    assert hashtags(told, Style()) == ()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://e.org/a", "https://e.org/a?utm_source=x&utm_medium=social&utm_id=k"),
        ("https://e.org/a?b=1#part", "https://e.org/a?b=1&utm_source=x&utm_medium=social&utm_id=k#part"),
        ("https://e.org/#/a?b=1", "https://e.org/?utm_source=x&utm_medium=social&utm_id=k#/a?b=1"),
        ("https://e.org/a?UTM_Source=rss", "https://e.org/a?utm_source=x&utm_medium=social&utm_id=k"),
        ("https://s3.e.org/a?X-Amz-Date=1&X-Amz-Signature=2", "https://s3.e.org/a?X-Amz-Date=1&X-Amz-Signature=2"),
        ("https://b.e.org/a?se=1&sig=2#f", "https://b.e.org/a?se=1&sig=2#f"),
        ("https://e.org/a?signal=2", "https://e.org/a?signal=2&utm_source=x&utm_medium=social&utm_id=k"),
        ("", ""),
    ],
)
def test_an_address_says_where_its_reader_came_from_and_a_signed_one_stays_whole(url: str, expected: str) -> None:
    assert tracked(url, (("source", "x"), ("medium", "social")), "k") == expected


def test_without_anything_to_say_an_address_stays_as_it_is() -> None:
    assert tracked("https://e.org/a?b#c", ()) == "https://e.org/a?b#c"


@settings(max_examples=100, deadline=None)
@given(tail=st.text(alphabet="ab=&?#/%é.;", max_size=20))
def test_what_is_added_never_names_another_page_nor_touches_what_stood_there(tail: str) -> None:
    url = f"https://e.org/a{tail}"
    found = tracked(url, (("source", "x"),), "k")
    assert found.partition("#")[2] == url.partition("#")[2]
    assert found.startswith(url.partition("#")[0].rstrip("?"))
    assert canonical(found) == canonical(url)
    assert not is_signed(url)
